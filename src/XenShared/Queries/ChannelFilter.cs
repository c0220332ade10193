namespace XenShared.Queries;

/// <summary>Selects channels of a domain. The default selects every port that is not closed.</summary>
public sealed record ChannelFilter
{
    /// <summary>Gets the port numbers; empty for all. Each port that does not exist is reported as an error of its own.</summary>
    public IReadOnlyList<uint> Ports { get; init; } = [];

    /// <summary>Gets the states; empty for all.</summary>
    public IReadOnlyList<ChannelState> States { get; init; } = [];

    /// <summary>Gets a value that selects channels known to be pending.</summary>
    public bool Pending { get; init; }

    /// <summary>Gets a value that selects channels known to be masked.</summary>
    public bool Masked { get; init; }

    /// <summary>
    /// Gets a value that selects channels whose pending or masked bit is not known. Closed ports are not selected: they have no such bits,
    /// so nothing about them is unknown.
    /// </summary>
    public bool Unknown { get; init; }

    /// <summary>Gets a value that includes closed ports.</summary>
    public bool IncludeClosed { get; init; }

    /// <summary>Determines whether <paramref name="channel"/> is selected.</summary>
    public bool Accepts(XenEventChannel channel)
    {
        ArgumentNullException.ThrowIfNull(channel);
        return (Ports.Count == 0 || Ports.Contains(channel.Port)) && AcceptsState(channel.State, channel.Pending, channel.Masked);
    }

    /// <summary>Gets a value indicating whether the filter can select closed ports.</summary>
    internal bool MaySelectClosed => IncludeClosed || Ports.Count > 0 || States.Contains(ChannelState.Closed);

    /// <summary>Determines whether a channel with these properties is selected if its port is.</summary>
    internal bool AcceptsState(ChannelState? state, bool? pending, bool? masked) =>
        (
            States.Count == 0
                ? IncludeClosed || Ports.Count > 0 || state != ChannelState.Closed
                : state is { } known && States.Contains(known))
        && (!Pending || pending == true)
        && (!Masked || masked == true)
        && (!Unknown || state != ChannelState.Closed && (pending is null || masked is null));
}
