using System.Globalization;

namespace XenShared;

/// <summary>One thing about a channel that was another one when it was looked at before.</summary>
public sealed record XenEventChannelChange
{
    /// <summary>Gets when it was seen first; it changed at some time since the look before.</summary>
    public DateTimeOffset TakenAt { get; init; }

    /// <summary>Gets the domain.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets its name; null when unknown.</summary>
    public string? DomainName { get; init; }

    /// <summary>Gets the port.</summary>
    public required uint Port { get; init; }

    /// <summary>
    /// Gets what changed, by the name of the property of <see cref="XenEventChannel"/>: State, Vcpu, RemoteDomId, RemotePort, Pending or
    /// Masked.
    /// </summary>
    public required string Property { get; init; }

    /// <summary>Gets its value before, of the property's type.</summary>
    public required object Before { get; init; }

    /// <summary>Gets its value now.</summary>
    public required object After { get; init; }

    /// <summary>Gets what the port serves by xenstore's word; null when nothing names it.</summary>
    public string? Device { get; init; }

    /// <summary>Gets the host.</summary>
    public string HostName { get; init; } = "";

    /// <summary>Returns one line for people, safe to show.</summary>
    public override string ToString() =>
        DisplayText.Sanitize(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{DisplayText.Domain(DomId, DomainName)} port {Port}: {Property} {Before} -> {After}"));
}
