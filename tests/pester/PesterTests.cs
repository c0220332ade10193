namespace XenShared.Pester;

/// <summary>Reports each <c>It</c> of the suite as a separate test. The suite runs once; see <see cref="PesterRun"/>.</summary>
public sealed class PesterTests(PesterRun run) : IClassFixture<PesterRun>
{
    public static IEnumerable<TheoryDataRow<string, string>> Cases() =>
        PesterCase
            .FindAll(PesterRun.SuiteFolder)
            .Select(test => new TheoryDataRow<string, string>(test.File, test.Name) { TestDisplayName = $"{test.File}: {test.Name}" });

    [Theory]
    [MemberData(nameof(Cases))]
    public void It(string file, string name)
    {
        Assert.SkipWhen(run.WhyNotRun is not null, run.WhyNotRun ?? "");
        var results = run.ResultsOf(new PesterCase(file, name));
        if (results.Count == 0) Assert.Fail($"The run has no result for it: {run.Problem}");
        var failed = results.Where(result => result.Result is not ("Passed" or "Skipped")).ToArray();
        if (failed.Length > 0)
            Assert.Fail(string.Join(Environment.NewLine, failed.Select(result => $"{result.Case} ({result.Result}): {result.Message}")));
        Assert.SkipWhen(results.All(result => result.Result == "Skipped"), results[0].Message);
    }
}
