using System.Reflection;

namespace XenShared.Tests.Architecture;

/// <summary>
/// Checks that errors are made from a problem and an advice, and that no text holds both: a front end that shows the advice apart would
/// show it twice.
/// </summary>
public sealed class ErrorTextTests
{
    private const string FromReport = "XenShared.XenException.FromReport";

    private static readonly string[] s_errors = ["XenShared.XenException", "System.Management.Automation.ErrorRecord"];
    private static readonly string[] s_constructors = ["XenShared.XenException..ctor", "XenShared.Poking.GuardViolation..ctor"];

    // The semicolons in these are in a script for another host and in evidence.
    private static readonly string[] s_otherTexts =
    [
        "XenShared.Guests.Locating.OfflineLocator.Assign",
        "XenShared.Guests.Locating.OfflineLocator.FindEventArray",
        "XenShared.Targets.Remote.RemoteInstall.Run",
    ];

    // The problem and the advice of an error from a file or another host are known only there.
    private static readonly string[] s_reports = ["XenShared.Files.CapturedError", "XenShared.Targets.WireMessage"];

    [Fact]
    public void NoProblemHoldsAnAdvice()
    {
        var methods = AssemblyMethods.OfProduct.Where(method => method.Type != "XenShared.XenException").ToArray();
        var factories = methods
            .Where(method => s_errors.Contains(method.ReturnType) && !method.Name.StartsWith("get_", StringComparison.Ordinal))
            .Select(method => $"{method.Type}.{method.Name}");
        var creators = s_constructors.Concat(factories).ToHashSet(StringComparer.Ordinal);
        var makers = methods.Where(method => method.Calls.Overlaps(creators)).ToArray();

        Assert.True(makers.Length > 150, $"only {makers.Length} methods make errors");
        var both = makers
            .Where(method => !s_otherTexts.Contains($"{method.Type}.{method.Name}"))
            .SelectMany(method =>
                method.Texts
                    .Where(text => text.Contains("; ", StringComparison.Ordinal))
                    .Select(text => $"{method.Type}.{method.Name}: {text}"))
            .ToArray();
        Assert.True(both.Length == 0, string.Join(Environment.NewLine, both));
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
