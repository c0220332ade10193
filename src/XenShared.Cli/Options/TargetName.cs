using XenShared.Targets;
using XenShared.Targets.Remote;

namespace XenShared.Cli.Options;

/// <summary>Parses <c>--target</c>: this host, a simulated host, a host reached by SSH, or a file.</summary>
internal static class TargetName
{
    public const string Local = "local";

    /// <summary>Returns the problem with a name, without opening anything; null if there is none.</summary>
    public static string? FindProblem(string name)
    {
        if (SimulatedName.FindProblem(name) is { } problem) return problem;
        try
        {
            if (SshDestination.IsUri(name)) _ = SshDestination.Parse(name);
            return null;
        }
        catch (XenException error)
        {
            return error.Message;
        }
    }

    /// <summary>
    /// Returns the name as a word of a shell, for a command that writes to the same host. Returns null for this host, and for a file: such
    /// a command is run on the host that the file is of.
    /// </summary>
    public static string? ForPoke(string? name)
    {
        if (name is null || FindProblem(name) is not null || !(SimulatedName.IsSimulated(name) || SshDestination.IsUri(name))) return null;
        // An IPv6 address is in brackets, which are a pattern in a shell.
        return name.All(letter => char.IsAsciiLetterOrDigit(letter) || ":/@._-".Contains(letter, StringComparison.Ordinal))
            ? name
            : $"'{name.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    /// <summary>Opens the target.</summary>
    public static IXenDataSource Open(string? name, CancellationToken cancellation)
    {
        if (name is null or Local)
            return LocalTarget.Open();
        if (SimulatedName.TryOpen(name, out var simulated)) return simulated;
        return SshDestination.IsUri(name)
            ? RemoteTarget.Open(SshDestination.Parse(name), cancellation)
            : TargetFile.Open(name, cancellation);
    }
}
