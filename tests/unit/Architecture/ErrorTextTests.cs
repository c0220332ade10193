using System.Reflection;

namespace XenShared.Tests.Architecture;

/// <summary>
/// Checks that errors are made from a problem and an advice, and that no text holds both: a front end that shows the advice apart would
/// show it twice.
/// </summary>
public sealed class ErrorTextTests
{
    private const string Constructor = "XenShared.XenException..ctor";
    private const string FromReport = "XenShared.XenException.FromReport";

    private static readonly string[] s_constructors =
        [Constructor, "XenShared.Native.XenErrorMap.Make", "XenShared.PowerShell.Errors.ErrorRecords.FromUse"];

    // What the error of a file or of another host was made of is known there only.
    private static readonly string[] s_reports = ["XenShared.Files.CapturedError", "XenShared.Targets.WireMessage"];

    [Fact]
    public void NoProblemHoldsAnAdvice()
    {
        var makers = AssemblyMethods.OfProduct
            .Where(method => s_constructors.Any(method.Calls.Contains) && method.Type != "XenShared.XenException")
            .ToArray();

        Assert.True(makers.Length > 70, $"only {makers.Length} methods make errors");
        Assert.Empty(
            makers.SelectMany(method => method.Texts.Where(text => text.Contains("; ", StringComparison.Ordinal))
                .Select(text => $"{method.Type}.{method.Name}: {text}")));
    }

    [Fact]
    public void EveryErrorHasAnAdviceUnlessItWasReportedWithoutOne()
    {
        var advice = Assert.Single(typeof(XenException).GetConstructors()).GetParameters().Single(parameter => parameter.Name == "advice");

        Assert.False(advice.IsOptional);
        Assert.Equal(NullabilityState.NotNull, new NullabilityInfoContext().Create(advice).WriteState);
        Assert.Equal(s_reports, Callers(FromReport));
    }

    private static IEnumerable<string> Callers(string member) =>
        AssemblyMethods.OfProduct
            .Where(method => method.Calls.Contains(member))
            .Select(method => method.Type)
            .Distinct()
            .Order(StringComparer.Ordinal);
}
