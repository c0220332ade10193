using XenShared.Hypervisor;

namespace XenShared.Targets.Simulated;

/// <summary>Represents a port of a simulated guest, and its traffic.</summary>
/// <param name="Reading">The status of the port.</param>
/// <param name="Period">The ticks between events; 0 for no periodic events.</param>
/// <param name="Node">The path in xenstore; null if there is none.</param>
/// <param name="IsPatient">Whether the other end sends again only after the guest has answered, like the backend of a disk.</param>
/// <param name="StartsMasked">Whether the guest keeps the port masked.</param>
/// <param name="IsPolled">Whether the guest handles events by polling, so that they can remain pending (Linux's spinlock kicker).</param>
/// <param name="DelaysEnd">Whether the guest delays the end of a spurious event, and keeps the port masked until its timer ends the delay
/// (Linux's <c>xen_irq_lateeoi</c>).</param>
/// <param name="ArrivesLast">Whether its events are sent after the vCPUs have run in a tick, so that a sample shows them as
/// pending.</param>
internal sealed record PlannedPort(
    EventChannelStatus Reading,
    int Period = 0,
    string? Node = null,
    bool IsPatient = false,
    bool StartsMasked = false,
    bool IsPolled = false,
    bool DelaysEnd = false,
    bool ArrivesLast = false);
