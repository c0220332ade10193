namespace XenShared.Hypervisor;

/// <summary>Represents Xen's data about the time stamp counter (TSC) that a domain sees (<c>XEN_DOMCTL_gettscinfo</c>).</summary>
/// <param name="Mode">The number that Xen returned, usually a member of <see cref="TscMode"/>.</param>
/// <param name="ElapsedNanoseconds">The value of the TSC, converted to nanoseconds; 0 in the mode in which Xen never emulates the
/// TSC.</param>
/// <param name="KiloHertz">The frequency of the TSC in kHz; 0 in the mode in which Xen never emulates the TSC.</param>
/// <param name="Incarnation">The number of times the toolstack has set the TSC.</param>
public sealed record TscInfo(uint Mode, ulong ElapsedNanoseconds, uint KiloHertz, uint Incarnation);
