using System.Management.Automation;
using XenShared.PowerShell.Errors;

namespace XenShared.PowerShell.Session;

/// <summary>
/// Selects the targets of a command: those of -Target, otherwise those of the session, otherwise the local host. -HostName then filters
/// them.
/// </summary>
internal static class TargetChoice
{
    /// <summary>Returns the targets. A null element means the local host, which needs no connection.</summary>
    /// <param name="named">The value of -Target; null if it was not given.</param>
    /// <param name="hostNames">The host names; empty ones are ignored.</param>
    /// <param name="error">The error if no target is of such a host; otherwise null.</param>
    public static IReadOnlyList<XenTarget?> Resolve(IReadOnlyList<XenTarget>? named, IEnumerable<string?> hostNames, out ErrorRecord? error)
    {
        error = null;
        var targets = (named ?? SessionTargets.Current.Defaults).Distinct().ToArray<XenTarget?>();
        if (targets.Length == 0) targets = [null];
        var hosts = hostNames.Where(host => !string.IsNullOrEmpty(host)).Select(host => host!).ToArray();
        if (hosts.Length == 0) return targets;
        if (Array.Find(hosts, host => !Array.Exists(targets, target => Is(target, host))) is { } missing) error = Missing(missing, targets);
        return Array.FindAll(targets, target => Array.Exists(hosts, host => Is(target, host)));
    }

    /// <summary>Returns the error record for several targets where a command needs one.</summary>
    public static ErrorRecord Ambiguous(int count) => ErrorRecords.FromUse("TargetAmbiguous", ErrorCategory.InvalidArgument,
        $"{count} targets are meant, and this takes one.", "Name it with -Target.", null);

    /// <summary>Returns the error record for a target that has been disconnected.</summary>
    public static ErrorRecord Disconnected(XenTarget target) =>
        ErrorRecords.FromUse(
            "TargetDisconnected",
            ErrorCategory.ConnectionError,
            $"Target {target.Id} ({target.Name}) has been disconnected.",
            "Connect it again with Connect-XenTarget.",
            target);

    /// <summary>Returns the error record for a disconnected target of which only the name is known.</summary>
    public static ErrorRecord Disconnected(string name, object source) =>
        ErrorRecords.FromUse(
            "TargetDisconnected",
            ErrorCategory.ConnectionError,
            $"{name} has been disconnected.",
            "Connect it again with Connect-XenTarget.",
            source);

    private static bool Is(XenTarget? target, string host) =>
        target?.IsHost(host) ?? string.Equals(Environment.MachineName, host, StringComparison.OrdinalIgnoreCase);

    private static ErrorRecord Missing(string host, XenTarget?[] targets) =>
        ErrorRecords.FromUse(
            "TargetNotFound",
            ErrorCategory.ObjectNotFound,
            targets is [var only]
                ? $"{only?.Name ?? "The local host"} is not host '{host}'."
                : $"None of the {targets.Length} targets is host '{host}'.",
            "Connect it with Connect-XenTarget, or name its target with -Target.",
            host);
}
