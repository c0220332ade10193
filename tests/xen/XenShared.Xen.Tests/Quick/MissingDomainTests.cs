using XenShared.Xen.Tests.Bed;

namespace XenShared.Xen.Tests.Quick;

/// <summary>Tests numbers that no domain has.</summary>
public sealed class MissingDomainTests(QuickBed bed) : QuickTest(bed)
{
    [Fact]
    public async Task A_number_that_does_not_exist_is_an_error_and_the_others_are_listed()
    {
        var dom0 = await Bed.RequireAsync();

        var result = await dom0.XenSharedAsync("channels --json --domid 32000 0");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(
            "32000",
            Assert.Single(result.Error.Split('\n'), line => line.StartsWith("xenshared: ", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        Assert.StartsWith("{\"DomId\":0,", result.Text, StringComparison.Ordinal);
    }
}
