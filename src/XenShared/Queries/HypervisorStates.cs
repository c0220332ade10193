using XenShared.Files.DebugKeys;
using XenShared.Hypervisor;

namespace XenShared.Queries;

/// <summary>Xen's own view of a domain's channels, by its debug key.</summary>
internal sealed class HypervisorStates(HypervisorDomain domain, PortTable ports, DateTimeOffset? takenAt) : IChannelStates
{
    private readonly Dictionary<uint, ChannelState?> _asked = ports.Bound.ToDictionary(port => port.Port, port => port.State);

    public StateSource Source => StateSource.Hypervisor;

    public DateTimeOffset? TakenAt => takenAt;

    public ChannelBits? Of(uint port, out string? note)
    {
        note = domain.Ports.TryGetValue(port, out var told) ? told.WhyUnknown
            : domain.IsComplete ? "Xen did not show it: it came into use after Xen was asked"
            : "its line did not come through Xen's console whole";
        if (note is not null) return told.WhyUnknown is null ? null : new ChannelBits(told.Pending, told.Masked, told.Linked, told.Busy);
        if (_asked.GetValueOrDefault(port) is { } state && state != told.State)
        {
            note = "it was bound anew after Xen was asked";
            return null;
        }
        return new ChannelBits(told.Pending, told.Masked, told.Linked, told.Busy);
    }
}
