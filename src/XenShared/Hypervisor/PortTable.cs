namespace XenShared.Hypervisor;

/// <summary>Represents the port table of a domain.</summary>
/// <param name="ValidPorts">The number of valid ports, including closed ones.</param>
/// <param name="Bound">The ports that are not closed, lowest first.</param>
public sealed record PortTable(uint ValidPorts, IReadOnlyList<EventChannelStatus> Bound)
{
    /// <summary>
    /// Gets how complete <see cref="Bound"/> is. If it is not complete, <see cref="ValidPorts"/> is the highest listed port plus one.
    /// </summary>
    public PortTableCompleteness Listing { get; init; }
}
