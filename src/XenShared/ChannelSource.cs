namespace XenShared;

/// <summary>Specifies where the state of channels and vCPUs is read.</summary>
public enum ChannelSource
{
    /// <summary>The shared page if it has the state; otherwise the guest's memory or, for the control domain, its own kernel.</summary>
    Auto,

    /// <summary>The shared page alone.</summary>
    SharedPage,

    /// <summary>The guest's memory alone.</summary>
    GuestMemory,

    /// <summary>Xen itself, through its debug key.</summary>
    Hypervisor,

    /// <summary>The kernel of the control domain alone, on which this program runs.</summary>
    Kernel,
}
