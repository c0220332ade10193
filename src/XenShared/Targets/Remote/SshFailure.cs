namespace XenShared.Targets.Remote;

/// <summary>Creates errors from the exit status of ssh and of the remote command.</summary>
internal static class SshFailure
{
    // The exit statuses. ssh itself returns OfSsh if it fails. All other statuses are those of the remote shell or of the remote command.
    private const int OfSsh = 255;
    private const int NotFound = 127;
    private const int NotExecutable = 126;
    private const int Usage = 2;

    // Parts of ssh's error messages, each with the advice for it. ssh itself gives no advice.
    private static readonly (string Words, string Advice)[] s_advice =
    [
        ("REMOTE HOST IDENTIFICATION HAS CHANGED", "the host's key differs from the key in known_hosts: find out why before you trust it"),
        (
            "Host key verification failed",
            "its key is not in known_hosts, or differs from the key there: connect once with ssh by hand, and compare the key"),
        ("Permission denied", "give the user and the key that may log in there; nobody can type a password here"),
        ("Could not resolve hostname", "check the name"),
        ("Connection refused", "check whether sshd runs there, and on which port"),
        ("timed out", "check whether the host is up and reachable"),
        ("No route to host", "check whether the host is up and reachable"),
    ];

    /// <summary>Returns the error of an exit status; null if the status has no specific error.</summary>
    /// <param name="host">The name of the host for messages.</param>
    /// <param name="status">ssh's exit status.</param>
    /// <param name="lastErrorLine">The last line on standard error from ssh or the remote shell.</param>
    public static XenException? FromStatus(string host, int status, string? lastErrorLine) =>
        status switch
        {
            OfSsh => Unreachable(host, lastErrorLine ?? "ssh ended without a message"),
            NotFound => new XenException(
                XenErrorId.RemoteNotInstalled,
                $"{host} has no xenshared on the PATH of commands that ssh runs{Said(lastErrorLine)}",
                "install its package there, or copy it"),
            NotExecutable => new XenException(
                XenErrorId.RemoteNotInstalled,
                $"The xenshared of {host} cannot be run{Said(lastErrorLine)}",
                "install the package for its processor and system there"),
            Usage => WireProtocol.PeerIsOlder(host, "it does not support the request"),
            _ => null,
        };

    /// <summary>Creates the error of a host that cannot be reached.</summary>
    public static XenException Unreachable(string host, string why)
    {
        var advice = Array.Find(s_advice, entry => why.Contains(entry.Words, StringComparison.OrdinalIgnoreCase)).Advice
            ?? $"try 'ssh {host}' by hand";
        return new XenException(XenErrorId.HostUnreachable, $"{host} cannot be reached: {why.TrimEnd('.', '\r')}", advice);
    }

    /// <summary>Creates the error of a connection that ended too early.</summary>
    public static XenException Broken(string host, string what, string? lastErrorLine) =>
        new(XenErrorId.HostUnreachable, $"The connection to {host} ended {what}{Said(lastErrorLine)}", "try again");

    /// <summary>Creates the error of a host that wrote too much to standard error.</summary>
    public static XenException Flooded(string host) =>
        new(
            XenErrorId.FileDamaged,
            $"{host} wrote more than {StandardErrorReader.MaximumBytes >> 20} MiB on standard error, so its answer was not read",
            "check what start files of the shell there print");

    private static string Said(string? words) => words is null ? "" : $" ({words.TrimEnd('.', '\r')})";
}
