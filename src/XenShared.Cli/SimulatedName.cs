using System.Globalization;
using XenShared.Targets.Simulated;

namespace XenShared.Cli;

/// <summary>The name of a simulated host: <c>simulated</c>, <c>simulated:DOMAINS</c> or <c>simulated:DOMAINS:SEED</c>.</summary>
internal static class SimulatedName
{
    private const string Word = "simulated";

    /// <summary>Makes the host that is named; null when another kind of target is.</summary>
    /// <exception cref="IOException">The name is none of a simulated host, but begins like one.</exception>
    public static SimulatedTarget? TryOpen(string target)
    {
        var parts = target.Split(':');
        if (parts[0] != Word) return null;
        var count = SimulatedTarget.StandardDomainCount;
        var seed = 1;
        var isGood = parts.Length <= 3
            && (parts.Length < 2 || int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out count))
            && (parts.Length < 3 || int.TryParse(parts[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out seed));
        if (!isGood || count > SimulatedTarget.MaximumDomainCount)
            throw new IOException($"'{target}' is no simulated host; write 'simulated', 'simulated:DOMAINS' or 'simulated:DOMAINS:SEED', with at most {SimulatedTarget.MaximumDomainCount} domains.");
        return new SimulatedTarget(count, seed);
    }
}
