namespace XenShared.Hypervisor;

/// <summary>Represents Xen's data about the TSC of a domain (<c>XEN_DOMCTL_gettscinfo</c>).</summary>
/// <param name="Mode">The mode (<see cref="TscMode"/>), as Xen reports it.</param>
/// <param name="ElapsedNanoseconds">The domain's TSC in nanoseconds; 0 if Xen never emulates it.</param>
/// <param name="KiloHertz">The ticks per millisecond; 0 if Xen never emulates it.</param>
/// <param name="Incarnation">The number of times the toolstack has set the TSC.</param>
public sealed record TscInfo(uint Mode, ulong ElapsedNanoseconds, uint KiloHertz, uint Incarnation);
