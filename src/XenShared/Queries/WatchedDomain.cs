namespace XenShared.Queries;

/// <summary>Holds the last known state of the channels of a domain that is watched.</summary>
/// <param name="domId">The domain.</param>
/// <param name="uuid">The UUID, which distinguishes the domain from a later one with the same number.</param>
/// <param name="name">Its name; null if unknown.</param>
/// <param name="hostName">The host.</param>
/// <param name="isNew">Whether the domain started after the first sample. All channels of such a domain are reported as opened. Those of
/// any other domain may be older, so the first sample that contains them is not reported.</param>
internal sealed class WatchedDomain(ushort domId, Guid? uuid, string? name, string hostName, bool isNew)
{
    // Null until the channels have been read once. A new domain begins with no channels instead, so that its first ones are reported.
    private Dictionary<uint, XenEventChannel>? _channels = isNew ? [] : null;

    public ushort DomId => domId;

    public Guid? Uuid => uuid;

    /// <summary>Returns the changes since the last known state, and stores the new state.</summary>
    /// <param name="now">The channels of the new sample. A channel that is missing is closed; closed ones may be included too.</param>
    /// <param name="lookedAt">The time of the sample, for channels without their own time.</param>
    public IEnumerable<XenEventChannelChange> Compare(IReadOnlyList<XenEventChannel> now, DateTimeOffset lookedAt)
    {
        if (_channels is null)
        {
            _channels = now.ToDictionary(channel => channel.Port);
            yield break;
        }
        var there = now.Select(channel => channel.Port).ToHashSet();
        foreach (var gone in _channels.Values.Where(channel => !there.Contains(channel.Port)).OrderBy(channel => channel.Port).ToArray())
        {
            _channels.Remove(gone.Port);
            if (gone.State is { } state and not ChannelState.Closed)
                yield return Change(gone, lookedAt, nameof(XenEventChannel.State), state, ChannelState.Closed);
        }
        foreach (var channel in now)
        {
            var at = channel.TakenAt ?? lookedAt;
            var before = _channels.GetValueOrDefault(channel.Port)
                ?? new XenEventChannel
                {
                    DomId = domId,
                    Port = channel.Port,
                    State = ChannelState.Closed,
                };
            _channels[channel.Port] = Known(before, channel);
            foreach (var (property, old, value) in Properties(before, channel))
            {
                if (old is not null && value is not null && !old.Equals(value)) yield return Change(channel, at, property, old, value);
            }
        }
    }

    /// <summary>Returns the changes when the domain has ended: all its channels are closed.</summary>
    public IEnumerable<XenEventChannelChange> End(DateTimeOffset at) => Compare([], at);

    private static (string Property, object? Before, object? After)[] Properties(XenEventChannel before, XenEventChannel now) =>
    [
        (nameof(XenEventChannel.State), before.State, now.State),
        (nameof(XenEventChannel.Vcpu), before.Vcpu, now.Vcpu),
        (nameof(XenEventChannel.RemoteDomId), before.RemoteDomId, now.RemoteDomId),
        (nameof(XenEventChannel.RemotePort), before.RemotePort, now.RemotePort),
        (nameof(XenEventChannel.Pending), before.Pending, now.Pending),
        (nameof(XenEventChannel.Masked), before.Masked, now.Masked),
    ];

    // Returns the new state of a channel. If State, Pending or Masked is not known, its last known value is used. If State has changed, the
    // port belongs to a new channel, and the values of the old one are not used.
    private static XenEventChannel Known(XenEventChannel before, XenEventChannel now) =>
        now.State is { } state && state != before.State
            ? now
            : now with
            {
                State = now.State ?? before.State,
                Pending = now.Pending ?? before.Pending,
                Masked = now.Masked ?? before.Masked,
            };

    private XenEventChannelChange Change(XenEventChannel channel, DateTimeOffset at, string property, object before, object after) => new()
    {
        TakenAt = at,
        DomId = domId,
        DomainName = name,
        Port = channel.Port,
        Property = property,
        Before = before,
        After = after,
        Device = channel.Device,
        HostName = hostName,
    };
}
