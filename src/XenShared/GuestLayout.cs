namespace XenShared;

/// <summary>Specifies the layout in which a guest and Xen read the shared page (<c>xen/include/public/arch-*.h</c>).</summary>
public enum GuestLayout
{
    /// <summary>64-bit x86: 32 vCPU slots, 4,096 two-level ports.</summary>
    X86_64,

    /// <summary>
    /// 32-bit x86, also every HVM guest while firmware or a kernel without PV drivers runs: 32 vCPU slots, 1,024 two-level ports.
    /// </summary>
    X86_32,

    /// <summary>Arm, 32 and 64 bit alike: one vCPU slot, 4,096 two-level ports.</summary>
    Arm,
}
