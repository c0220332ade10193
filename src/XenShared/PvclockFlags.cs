namespace XenShared;

/// <summary>Specifies the flags of a vCPU's clock (<c>XEN_PVCLOCK_*</c> of <c>xen/include/public/xen.h</c>).</summary>
[Flags]
public enum PvclockFlags : byte
{
    /// <summary>No flag is set.</summary>
    None = 0,

    /// <summary>The TSCs of all processors agree. Xen sets this flag if the TSC is its own time source.</summary>
    TscStable = 1,

    /// <summary>The guest was stopped. No version of Xen sets this bit.</summary>
    GuestStopped = 2,
}
