namespace XenShared.Queries;

/// <summary>Selects channels of a domain. The default selects every port that is not closed.</summary>
public sealed record ChannelFilter
{
    /// <summary>Ports by number; empty for any. One that does not exist is an error of its own.</summary>
    public IReadOnlyList<uint> Ports { get; init; } = [];

    /// <summary>States; empty for any.</summary>
    public IReadOnlyList<ChannelState> States { get; init; } = [];

    /// <summary>Only channels known to be pending.</summary>
    public bool Pending { get; init; }

    /// <summary>Only channels known to be masked.</summary>
    public bool Masked { get; init; }

    /// <summary>Only channels whose state is not fully known; a closed port has none, and is not among them.</summary>
    public bool Unknown { get; init; }

    /// <summary>Closed ports too.</summary>
    public bool IncludeClosed { get; init; }

    /// <summary>Determines whether <paramref name="channel"/> is wanted.</summary>
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
