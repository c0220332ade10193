namespace XenShared.Diagnosis.Evidence;

/// <summary>Represents the content of the live record of a vCPU at one time.</summary>
/// <param name="TakenAt">The time.</param>
/// <param name="UpcallPending">The upcall pending byte.</param>
/// <param name="UpcallMask">A PV guest's upcall mask (interrupts off); null if the guest has none.</param>
/// <param name="Selector">The pending selector: bit n is set if word n of the pending bitmap must be checked.</param>
internal readonly record struct VcpuObservation(DateTimeOffset TakenAt, bool UpcallPending, bool? UpcallMask, ulong Selector);
