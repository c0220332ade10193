namespace XenShared.Diagnosis.Evidence;

/// <summary>Represents the content of the live record of a vCPU at one moment.</summary>
/// <param name="TakenAt">When.</param>
/// <param name="UpcallPending">Xen has told it to look.</param>
/// <param name="UpcallMask">A PV guest's "interrupts off"; null where there is no such thing.</param>
/// <param name="Selector">Bit n: word n of the pending bitmap is worth a look.</param>
internal readonly record struct VcpuObservation(DateTimeOffset TakenAt, bool UpcallPending, bool? UpcallMask, ulong Selector);
