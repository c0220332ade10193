namespace XenShared.Targets.Remote;

/// <summary>
/// Decides whether a far end's program and this one can work together, by the number of the wire protocol that the far end says first. The
/// number changes when what is said, or an option that one asks the other with, changes so that older programs would misunderstand it;
/// programs of different versions work together as long as it fits.
/// </summary>
public static class WireProtocol
{
    /// <summary>The number that this program has. 1 had no hello, and closed the far end's input at once.</summary>
    public const int Current = 2;

    /// <summary>The oldest number of a far end that this program can work with.</summary>
    public const int Oldest = 2;

    // A version that is longer, or has other characters, is none.
    private const int MaximumVersionLength = 32;

    // Marks the error for those who would copy a program to the host.
    private const string PeerIsNewer = nameof(PeerIsNewer);

    /// <summary>Makes what the far end says first.</summary>
    public static WireMessage CreateHello() =>
        new()
        {
            Kind = WireMessage.Hello,
            Wire = Current,
            Version = RemoteTarget.OwnVersion.ToString(3),
        };

    /// <summary>Returns the error of a far end that this program cannot work with; null when it can.</summary>
    /// <param name="host">How messages name the host.</param>
    /// <param name="hello">What the far end said first; null when it said no such thing.</param>
    internal static XenException? Check(string host, WireMessage? hello) => hello?.Wire switch
    {
        null => PeerIsOlder(host, $"it does not say which wire protocol it has, and this program needs {Oldest}"),
        < Oldest => PeerIsOlder(host, $"it{Version(hello)} has wire protocol {hello.Wire}, and this program needs {Oldest}"),
        > Current => ThisIsOlder(host, $"it{Version(hello)} has wire protocol {hello.Wire}, and this program has {Current}"),
        _ => null,
    };

    /// <summary>Returns the error of a far end that is older than this program.</summary>
    internal static XenException PeerIsOlder(string host, string why) =>
        Mismatch(
            host,
            why,
            $"update xenshared on {host} (install the package of {RemoteTarget.OwnVersion.ToString(3)} there, or connect with "
                + $"'Connect-XenTarget -InstallRemote')");

    /// <summary>
    /// Returns whether an error is that of a far end that is newer than this program, whose program is not to be replaced by this one's.
    /// </summary>
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
            $"The xenshared of {host} does not fit this one ({RemoteTarget.OwnVersion.ToString(3)}): {why}",
            advice);

    private static string Version(WireMessage hello) =>
        hello.Version is { Length: > 0 and <= MaximumVersionLength } version
        && version.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '+')
            ? $" ({version})"
            : "";
}
