namespace XenShared.Targets.Remote;

/// <summary>
/// Determines whether the remote program is compatible with this one, by the number of the wire protocol in its first message. The number
/// changes when a message or an option changes in a way that older programs would misunderstand. Programs of different versions are
/// compatible as long as this number matches.
/// </summary>
public static class WireProtocol
{
    /// <summary>
    /// The protocol number of this program. Protocol 1 had no hello, and closed the remote input immediately. Protocol 2 sent each request
    /// to write as a command line. Protocol 3 had no devices, protocol 4 no processor states, and protocol 5 no P2M tables.
    /// </summary>
    public const int Current = 6;

    /// <summary>The oldest compatible protocol number of a remote program.</summary>
    public const int Oldest = 6;

    // The version of the remote program is included in messages only up to this length, and only if it has no unexpected characters.
    private const int MaximumVersionLength = 32;

    // A key in Exception.Data. It marks the error that the remote program is newer than this one. The installer does not replace the remote
    // program after such an error.
    private const string PeerIsNewer = nameof(PeerIsNewer);

    /// <summary>Creates the first message of the remote program.</summary>
    public static WireMessage CreateHello() =>
        new()
        {
            Kind = WireMessage.Hello,
            Wire = Current,
            Version = RemoteTarget.OwnVersion.ToString(3),
        };

    /// <summary>Returns the error of an incompatible remote program; null if it is compatible.</summary>
    /// <param name="host">The name of the host for messages.</param>
    /// <param name="hello">The first message of the remote program; null if there was none.</param>
    internal static XenException? Check(string host, WireMessage? hello) => hello?.Wire switch
    {
        null => PeerIsOlder(host, $"it does not report its wire protocol, and this program needs {Oldest}"),
        < Oldest => PeerIsOlder(host, $"it{Version(hello)} has wire protocol {hello.Wire}, and this program needs {Oldest}"),
        > Current => ThisIsOlder(host, $"it{Version(hello)} has wire protocol {hello.Wire}, and this program has {Current}"),
        _ => null,
    };

    /// <summary>Creates the error of a remote program that is older than this one.</summary>
    internal static XenException PeerIsOlder(string host, string why) =>
        Mismatch(
            host,
            why,
            $"update xenshared on {host} (install the package of {RemoteTarget.OwnVersion.ToString(3)} there, or connect with "
                + $"'Connect-XenTarget -InstallRemote')");

    /// <summary>Determines whether an error is that of a newer remote program, which must not be replaced.</summary>
    public static bool IsOfNewerPeer(XenException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error.Data.Contains(PeerIsNewer);
    }

    private static XenException ThisIsOlder(string host, string why)
    {
        var error = Mismatch(
            host,
            why,
            "update this side (the XenShared module, or the xenshared that you call, on this machine) to the version of the host");
        error.Data[PeerIsNewer] = true;
        return error;
    }

    private static XenException Mismatch(string host, string why, string advice) =>
        new(
            XenErrorId.NotSupportedByHost,
            $"The xenshared of {host} does not match this one ({RemoteTarget.OwnVersion.ToString(3)}): {why}",
            advice);

    private static string Version(WireMessage hello) =>
        hello.Version is { Length: > 0 and <= MaximumVersionLength } version
        && version.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '+')
            ? $" ({version})"
            : "";
}
