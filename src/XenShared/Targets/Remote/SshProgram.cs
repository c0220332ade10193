using System.Diagnostics;
using System.Globalization;

namespace XenShared.Targets.Remote;

/// <summary>
/// The system's own <c>ssh</c>, with the user's configuration, agent and known hosts. It asks nobody (BatchMode), so a host whose key is
/// not known, or is another one, is refused. Nothing here loosens what the user's configuration says of host keys.
/// </summary>
internal static class SshProgram
{
    /// <summary>Prepares a run. No shell is started here: arguments go to ssh as a list.</summary>
    /// <param name="destination">Whom to reach.</param>
    /// <param name="options">Options of this run.</param>
    /// <param name="command">What the shell at the far end gets; null for a run that has none.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.HostUnreachable"/>: there is no ssh.</exception>
    public static ProcessStartInfo Prepare(SshDestination destination, IEnumerable<string> options, string? command)
    {
        var start = new ProcessStartInfo(Find())
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        var seconds = Math.Max(1, Math.Ceiling(destination.ConnectingTimeout.TotalSeconds)).ToString("0", CultureInfo.InvariantCulture);
        string[] common =
        [
            "-T", "-a", "-x",
            "-o", "BatchMode=yes",
            // What the user's configuration has for sessions of a person has no place here.
            "-o", "ClearAllForwardings=yes", "-o", "PermitLocalCommand=no", "-o", "RemoteCommand=none",
            "-o", $"ConnectTimeout={seconds}", "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=3",
        ];
        foreach (var option in common.Concat(options)) start.ArgumentList.Add(option);
        if (destination.Port is { } port) Add("-p", port.ToString(CultureInfo.InvariantCulture));
        if (destination.UserName is { } user) Add("-l", user);
        if (destination.KeyFilePath is { } key) Add("-i", Literal(key));
        Add("--", destination.HostName);
        if (command is not null) start.ArgumentList.Add(command);
        return start;

        void Add(string option, string value)
        {
            start.ArgumentList.Add(option);
            start.ArgumentList.Add(value);
        }
    }

    /// <summary>Prepares the run that ends a shared connection at once, and all that runs over it.</summary>
    public static ProcessStartInfo PrepareEnd(SshDestination destination, string socket) =>
        Prepare(destination, ["-S", Literal(socket), "-O", "exit"], null);

    /// <summary>Returns a path as ssh takes it: per cent signs begin tokens there.</summary>
    public static string Literal(string path) => path.Replace("%", "%%", StringComparison.Ordinal);

    // On the path alone: a file of that name in the current folder, or beside this program, is none that anybody meant.
    private static string Find()
    {
        var name = OperatingSystem.IsWindows() ? "ssh.exe" : "ssh";
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathFullyQualified)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists)
            ?? throw new XenException(
                XenErrorId.HostUnreachable,
                "No ssh is on the path of this machine, and hosts are reached by it",
                "install OpenSSH's client (Debian: openssh-client)");
    }
}
