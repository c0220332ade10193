using System.Globalization;

namespace XenShared.Targets.Remote;

/// <summary>Represents an ssh destination. Every part is validated before it becomes a part of the command line.</summary>
public sealed record SshDestination
{
    private const string Scheme = "ssh://";
    private const int MaximumNameLength = 255;

    /// <summary>Creates a destination.</summary>
    /// <param name="hostName">A host name, an address, or an alias of the user's ssh configuration.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.HostUnreachable"/>: it is not valid.</exception>
    public SshDestination(string hostName)
    {
        HostName = IsHostName(hostName) ? hostName : throw Refuse(hostName, "host name");
    }

    /// <summary>Gets the default connection timeout.</summary>
    public static TimeSpan StandardConnectingTimeout { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets a host name, an address, or an alias of the user's ssh configuration.</summary>
    public string HostName { get; }

    /// <summary>Gets the user name; null for that of the ssh configuration.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.HostUnreachable"/>: it is not a valid user name.</exception>
    public string? UserName
    {
        get;
        init => field = value is null || IsUserName(value) ? value : throw Refuse(value, "user name");
    }

    /// <summary>Gets the SSH port; null for that of the ssh configuration.</summary>
    public int? Port
    {
        get;
        init =>
            field = value is null or (> 0 and <= ushort.MaxValue)
                ? value
                : throw Refuse(value.Value.ToString(CultureInfo.InvariantCulture), "port");
    }

    /// <summary>Gets the path of a private key; null for those of the ssh configuration and agent.</summary>
    public string? KeyFilePath { get; init; }

    /// <summary>Gets the connection timeout.</summary>
    public TimeSpan ConnectingTimeout { get; init; } = StandardConnectingTimeout;

    /// <summary>Determines whether a text is of the scheme <c>ssh://</c>.</summary>
    public static bool IsUri(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(Scheme, StringComparison.Ordinal);
    }

    /// <summary>Parses <c>ssh://user@name:port</c>.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.HostUnreachable"/>: it is not a destination.</exception>
    public static SshDestination Parse(string text)
    {
        if (!IsUri(text)) throw Refuse(text, "destination");
        var rest = text[Scheme.Length..].TrimEnd('/');
        var at = rest.LastIndexOf('@');
        var user = at < 0 ? null : rest[..at];
        var host = rest[(at + 1)..];
        // In a URI, an IPv6 address is in brackets, because it contains colons itself. The colon before the port is searched for after the
        // brackets.
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

    /// <summary>Returns the host name for messages, with the port if one is set.</summary>
    public override string ToString() => Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"{HostName}:{port}") : HostName;

    // Returns true if the name can be a host name or an IP address. Only an IPv6 address may contain colons and a per cent sign, which
    // begins its zone: fe80::1%eth0.
    private static bool IsHostName(string name)
    {
        if (string.IsNullOrEmpty(name) || name.Length > MaximumNameLength || !(char.IsAsciiLetterOrDigit(name[0]) || name[0] is '_' or ':'))
            return false;
        var isAddress = name.Contains(':', StringComparison.Ordinal);
        return name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' || isAddress && letter is ':' or '%');
    }

    // Returns true if ssh can take the name as a user name. A backslash and an at sign are allowed, because names of domain users can
    // contain them.
    private static bool IsUserName(string name) => name.Length is > 0 and <= MaximumNameLength && name[0] != '-'
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' or '$' or '@' or '\\' or '+');

    private static XenException Refuse(string? text, string what) =>
        new(
            XenErrorId.HostUnreachable,
            $"'{text}' is not a valid {what}, so nothing was run",
            "give a name, an address, or an alias of your ssh configuration");
}
