using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using XenShared.Cli.Commands;
using XenShared.Targets.Simulated;

namespace XenShared.Cli.Options;

/// <summary>Parses the name of a simulated host: <c>simulated</c>, <c>simulated:DOMAINS</c> or <c>simulated:DOMAINS:SEED</c>.</summary>
internal static class SimulatedName
{
    private const string Word = "simulated";

    /// <summary>
    /// Returns the problem with the name of a simulated host; null if there is none, or if the name is of another kind of target.
    /// </summary>
    public static string? FindProblem(string target) =>
        !IsSimulated(target) || Parse(target) is not null
            ? null
            : $"{OptionValues.Quote(target)} is not a simulated host; write 'simulated', 'simulated:DOMAINS' or 'simulated:DOMAINS:SEED', "
                + $"with at most {SimulatedTarget.MaximumDomainCount} domains.";

    /// <summary>Creates the simulated host of that name; false if the name is of another kind of target.</summary>
    /// <exception cref="ArgumentException"><see cref="FindProblem"/> returns a problem with the name.</exception>
    public static bool TryOpen(string target, [NotNullWhen(true)] out SimulatedTarget? simulated)
    {
        simulated = null;
        if (!IsSimulated(target)) return false;
        var (count, seed) = Parse(target) ?? throw new ArgumentException(FindProblem(target), nameof(target));
        simulated = new SimulatedTarget(count, seed);
        return true;
    }

    /// <summary>Determines whether a name is that of a simulated host.</summary>
    public static bool IsSimulated(string target) => target == Word || target.StartsWith($"{Word}:", StringComparison.Ordinal);

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
