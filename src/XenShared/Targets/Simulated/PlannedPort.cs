using XenShared.Hypervisor;

namespace XenShared.Targets.Simulated;

/// <summary>A port of a simulated guest, and what happens on it.</summary>
/// <param name="Reading">What Xen says of it.</param>
/// <param name="Period">Ticks between events; 0 when none come by themselves.</param>
/// <param name="Node">Its path in xenstore; null when it has none.</param>
/// <param name="IsPatient">The other end sends again only once the guest has answered, as a disk's backend does.</param>
/// <param name="StartsMasked">The guest keeps it masked.</param>
/// <param name="IsPolled">The guest takes its events by polling, so that they may wait for ever (Linux's spinlock kicker).</param>
/// <param name="DelaysEnd">The guest delays the end of an event that was for nothing, and keeps the port masked until its timer ends the
/// delay (Linux's <c>xen_irq_lateeoi</c>).</param>
internal sealed record PlannedPort(EventChannelStatus Reading, int Period = 0, string? Node = null, bool IsPatient = false,
    bool StartsMasked = false, bool IsPolled = false,
    bool DelaysEnd = false);
