using XenShared.Targets;
using XenShared.Targets.Remote;

namespace XenShared.Cli.Options;

/// <summary>Parses <c>--target</c>: this host, a simulated host, a host reached by SSH, or a file.</summary>
internal static class TargetName
{
    public const string Local = "local";

    private const string StandardInput = "-";

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
    /// Returns the name, quoted for a shell if necessary, for a command that writes to the same host. Returns null for this host and for a
    /// file, because the user runs that command on the host from which the file came.
    /// </summary>
    public static string? ForPoke(string? name)
    {
        if (name is null || FindProblem(name) is not null || !(SimulatedName.IsSimulated(name) || SshDestination.IsUri(name))) return null;
        // A shell treats some characters as special, such as the brackets of an IPv6 address. So a name with any character that is not in
        // the list below is quoted.
        return name.All(letter => char.IsAsciiLetterOrDigit(letter) || ":/@._-".Contains(letter, StringComparison.Ordinal))
            ? name
            : $"'{name.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    /// <summary>Determines whether a name is that of a file, or <c>-</c> for standard input.</summary>
    public static bool IsFile(string name) => name != Local && !SimulatedName.IsSimulated(name) && !SshDestination.IsUri(name);

    /// <summary>Opens the target.</summary>
    /// <param name="name">The name; null for this host, <c>-</c> for standard input.</param>
    /// <param name="dump">The number of the dump to show if the target is a console log; null for the last complete dump.</param>
    /// <param name="cancellation">Cancels opening and reading.</param>
    public static IXenDataSource Open(string? name, int? dump, CancellationToken cancellation)
    {
        if (name is null or Local)
            return LocalTarget.Open();
        if (SimulatedName.TryOpen(name, out var simulated)) return simulated;
        if (SshDestination.IsUri(name)) return RemoteTarget.Open(SshDestination.Parse(name), cancellation);
        return name == StandardInput ? TargetFile.OpenStandardInput(dump, cancellation) : TargetFile.Open(name, dump, cancellation);
    }
}
