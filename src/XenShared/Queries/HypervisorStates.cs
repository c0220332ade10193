using XenShared.Files.DebugKeys;
using XenShared.Hypervisor;

namespace XenShared.Queries;

/// <summary>Returns the bits of channels from Xen's output for debug key <c>e</c>, or from that of the guest's kernel.</summary>
internal sealed class HypervisorStates(HypervisorDomain domain, PortTable ports, DateTimeOffset? takenAt) : IChannelStates
{
    private readonly Dictionary<uint, ChannelState?> _listed = ports.Bound.ToDictionary(port => port.Port, port => port.State);

    public StateSource Source => domain.IsFromGuest ? StateSource.SharedPage : StateSource.Hypervisor;

    public DateTimeOffset? TakenAt => domain.IsFromGuest ? null : takenAt;

    public ChannelBits? Find(uint port, out string? note)
    {
        note = domain.Ports.TryGetValue(port, out var dumped) ? dumped.WhyUnknown
            : domain.IsComplete ? "Xen did not print it: it came into use after the dump"
            : "its line in Xen's output is incomplete";
        if (note is not null) return dumped.WhyUnknown is null ? null : Bits(dumped);
        if (_listed.GetValueOrDefault(port) is { } state && state != dumped.State)
        {
            note = "its binding changed after the dump";
            return null;
        }
        return Bits(dumped);
    }

    private static ChannelBits Bits(HypervisorPort port) =>
        new(port.Pending, port.Masked, port.Linked, port.Busy, port.IsConsumedByXen ? null : port.InSelector);
}
