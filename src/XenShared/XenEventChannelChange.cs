namespace XenShared;

/// <summary>One thing about a channel that was another one when it was looked at before.</summary>
public sealed record XenEventChannelChange
{
    /// <summary>When it was seen first; it changed at some time since the look before.</summary>
    public DateTimeOffset TakenAt { get; init; }

    /// <summary>The domain.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Its name; null when unknown.</summary>
    public string? DomainName { get; init; }

    /// <summary>The port.</summary>
    public required uint Port { get; init; }

    /// <summary>
    /// What changed, by the name of the property of <see cref="XenEventChannel"/>: State, Vcpu, RemoteDomId, RemotePort, Pending or Masked.
    /// </summary>
    public required string Property { get; init; }

    /// <summary>Its value before, of the property's type.</summary>
    public required object Before { get; init; }

    /// <summary>Its value now.</summary>
    public required object After { get; init; }

    /// <summary>What the port serves by xenstore's word; null when nothing names it.</summary>
    public string? Device { get; init; }

    /// <summary>The host.</summary>
    public string HostName { get; init; } = "";
}
