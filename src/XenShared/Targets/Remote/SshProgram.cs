using System.Diagnostics;
using System.Globalization;

namespace XenShared.Targets.Remote;

/// <summary>
/// Runs the <c>ssh</c> of the system with the user's configuration, agent and known hosts. It never prompts (BatchMode), so a host with an
/// unknown or changed key is refused. No option weakens the host key checks of the user's configuration.
/// </summary>
internal static class SshProgram
{
    /// <summary>Creates the start information of a process. No local shell is used; arguments are passed to ssh as a list.</summary>
    /// <param name="destination">The destination.</param>
    /// <param name="options">The options.</param>
    /// <param name="command">The command for the remote shell; null for none.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.HostUnreachable"/>: ssh is not installed.</exception>
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
            // These options disable settings of the user's ssh configuration that are for interactive sessions, such as forwardings.
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

    /// <summary>Creates the start information of the process that ends a shared connection and all its commands immediately.</summary>
    public static ProcessStartInfo PrepareEnd(SshDestination destination, string socket) =>
        Prepare(destination, ["-S", Literal(socket), "-O", "exit"], null);

    /// <summary>Escapes a path for an option of ssh, which treats a per cent sign as the beginning of a token.</summary>
    public static string Literal(string path) => path.Replace("%", "%%", StringComparison.Ordinal);

    // Only PATH is searched, not the current folder or the folder of this program, where another file could have this name.
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
