namespace XenShared;

/// <summary>Specifies the layout in which a guest and Xen read the shared page (<c>xen/include/public/arch-*.h</c>).</summary>
public enum GuestLayout
{
    /// <summary>64-bit x86: the page has a vcpu_info for 32 vCPUs, and bitmaps for 4,096 ports.</summary>
    X86_64,

    /// <summary>
    /// 32-bit x86, and every HVM guest while its firmware or a kernel without PV drivers runs: the page has a vcpu_info for 32 vCPUs, and
    /// bitmaps for 1,024 ports.
    /// </summary>
    X86_32,

    /// <summary>Arm, both 32 and 64 bits: the page has a vcpu_info for one vCPU, and bitmaps for 4,096 ports.</summary>
    Arm,
}
