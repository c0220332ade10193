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
        return (Ports.Count == 0 || Ports.Contains(channel.Port))
            && (
                States.Count == 0
                    ? IncludeClosed || Ports.Count > 0 || channel.State != ChannelState.Closed
                    : channel.State is { } state && States.Contains(state))
            && (!Pending || channel.Pending == true)
            && (!Masked || channel.Masked == true)
            && (!Unknown || channel.State != ChannelState.Closed && (channel.Pending is null || channel.Masked is null));
    }
}
