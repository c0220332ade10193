namespace XenShared.Hypervisor;

/// <summary>A domain's ports that are not closed, and how many there are in all.</summary>
/// <param name="ValidPorts">Ports that Xen knows of, closed ones included: 0 to this, less one.</param>
/// <param name="Bound">Those that are not closed, lowest first.</param>
public sealed record PortTable(uint ValidPorts, IReadOnlyList<EventChannelStatus> Bound)
{
    /// <summary>
    /// Gets how much it says; where it is not complete, <see cref="ValidPorts"/> ends behind the last port that is listed.
    /// </summary>
    public PortTableCompleteness Listing { get; init; }
}
