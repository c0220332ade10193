using System.Globalization;
using XenShared.Cli.Commands;
using XenShared.Targets.Simulated;

namespace XenShared.Cli.Options;

/// <summary>The name of a simulated host: <c>simulated</c>, <c>simulated:DOMAINS</c> or <c>simulated:DOMAINS:SEED</c>.</summary>
internal static class SimulatedName
{
    private const string Word = "simulated";

    /// <summary>
    /// Gets what is wrong with a name that begins like one of a simulated host; null when nothing is, or another kind of target is named.
    /// </summary>
    public static string? FindProblem(string target) =>
        !IsSimulated(target) || Parse(target) is not null
            ? null
            : $"{OptionValues.Quote(target)} is no simulated host; write 'simulated', 'simulated:DOMAINS' or 'simulated:DOMAINS:SEED', "
                + $"with at most {SimulatedTarget.MaximumDomainCount} domains.";

    /// <summary>Makes the host that is named; null when another kind of target is.</summary>
    /// <exception cref="ArgumentException">There is a problem with the name, as <see cref="FindProblem"/> gives it.</exception>
    public static SimulatedTarget? TryOpen(string target)
    {
        if (!IsSimulated(target)) return null;
        var (count, seed) = Parse(target) ?? throw new ArgumentException(FindProblem(target), nameof(target));
        return new SimulatedTarget(count, seed);
    }

    private static bool IsSimulated(string target) => target == Word || target.StartsWith($"{Word}:", StringComparison.Ordinal);

    private static (int Count, int Seed)? Parse(string target)
    {
        var parts = target.Split(':');
        var count = SimulatedTarget.StandardDomainCount;
        var seed = 1;
        var isGood = parts.Length <= 3
            && (parts.Length < 2 || int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out count))
            && (parts.Length < 3 || int.TryParse(parts[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out seed));
        return isGood && count <= SimulatedTarget.MaximumDomainCount ? (count, seed) : null;
    }
}
