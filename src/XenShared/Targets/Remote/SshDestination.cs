using System.Globalization;

namespace XenShared.Targets.Remote;

/// <summary>Whom to reach, in the words of <c>ssh</c>. Nothing that is no name gets as far as its command line.</summary>
public sealed record SshDestination
{
    private const string Scheme = "ssh://";
    private const int MaximumNameLength = 255;

    /// <summary>Makes one.</summary>
    /// <param name="hostName">A host name, an address, or an alias of the user's ssh configuration.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.HostUnreachable"/>: it is none of these.</exception>
    public SshDestination(string hostName)
    {
        HostName = IsHostName(hostName) ? hostName : throw Refuse(hostName, "host name");
    }

    /// <summary>Gets how long a connection may take, unless another time is given.</summary>
    public static TimeSpan StandardConnectingTimeout { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets a host name, an address, or an alias of the user's ssh configuration.</summary>
    public string HostName { get; }

    /// <summary>Gets the user there; null leaves it to the ssh configuration.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.HostUnreachable"/>: it is no user name.</exception>
    public string? UserName
    {
        get;
        init => field = value is null || IsUserName(value) ? value : throw Refuse(value, "user name");
    }

    /// <summary>Gets the port of ssh; null leaves it to the ssh configuration.</summary>
    public int? Port
    {
        get;
        init =>
            field = value is null or (> 0 and <= ushort.MaxValue)
                ? value
                : throw Refuse(value.Value.ToString(CultureInfo.InvariantCulture), "port");
    }

    /// <summary>Gets a file with a private key; null leaves it to the ssh configuration and the agent.</summary>
    public string? KeyFilePath { get; init; }

    /// <summary>Gets how long it may take until commands can be run there.</summary>
    public TimeSpan ConnectingTimeout { get; init; } = StandardConnectingTimeout;

    /// <summary>Determines whether a text is of the scheme <c>ssh://</c>.</summary>
    public static bool IsUri(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(Scheme, StringComparison.Ordinal);
    }

    /// <summary>Reads <c>ssh://user@name:port</c>.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.HostUnreachable"/>: it is no destination.</exception>
    public static SshDestination Parse(string text)
    {
        if (!IsUri(text)) throw Refuse(text, "destination");
        var rest = text[Scheme.Length..].TrimEnd('/');
        var at = rest.LastIndexOf('@');
        var user = at < 0 ? null : rest[..at];
        var host = rest[(at + 1)..];
        // An address of IP version 6 stands in brackets where a port may follow.
        var end = host.StartsWith('[') ? host.IndexOf(']', StringComparison.Ordinal) : host.Length;
        if (end < 0) throw Refuse(text, "destination");
        var colon = host.IndexOf(':', host.StartsWith('[') ? end : 0);
        int? port = null;
        if (colon >= 0)
        {
            if (!int.TryParse(host.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                throw Refuse(text, "destination");
            port = number;
            host = host[..colon];
        }
        return new SshDestination(host.StartsWith('[') ? host[1..^1] : host) { UserName = user, Port = port };
    }

    /// <summary>Returns how messages name the host.</summary>
    public override string ToString() => Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"{HostName}:{port}") : HostName;

    // A zone, as in fe80::1%eth0, belongs to an address.
    private static bool IsHostName(string name)
    {
        if (string.IsNullOrEmpty(name) || name.Length > MaximumNameLength || !(char.IsAsciiLetterOrDigit(name[0]) || name[0] is '_' or ':'))
            return false;
        var isAddress = name.Contains(':', StringComparison.Ordinal);
        return name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' || isAddress && letter is ':' or '%');
    }

    // Domain users have a backslash or an at sign in theirs.
    private static bool IsUserName(string name) => name.Length is > 0 and <= MaximumNameLength && name[0] != '-'
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' or '$' or '@' or '\\' or '+');

    private static XenException Refuse(string? text, string what) =>
        new(
            XenErrorId.HostUnreachable,
            $"'{text}' is no {what}, so nothing was run",
            "give a name, an address, or an alias of your ssh configuration");
}
