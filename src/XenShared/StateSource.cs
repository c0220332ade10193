namespace XenShared;

/// <summary>Specifies where a pending or masked bit, or a vcpu_info, was read.</summary>
public enum StateSource
{
    /// <summary>The domain's shared page.</summary>
    SharedPage,

    /// <summary>The guest's own memory: its FIFO event array, or the place where it registered a vcpu_info.</summary>
    GuestMemory,

    /// <summary>Xen itself, through its debug key.</summary>
    Hypervisor,

    /// <summary>The memory of the control domain's own kernel, which this program runs on.</summary>
    Kernel,
}
