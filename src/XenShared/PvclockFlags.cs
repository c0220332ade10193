namespace XenShared;

/// <summary>Specifies the bits of a vCPU's clock record (<c>XEN_PVCLOCK_*</c> of <c>xen/include/public/xen.h</c>).</summary>
[Flags]
public enum PvclockFlags : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The TSCs of all processors agree.</summary>
    TscStable = 1,

    /// <summary>The guest was stopped. No version of Xen sets this bit.</summary>
    GuestStopped = 2,
}
