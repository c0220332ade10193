namespace XenShared;

/// <summary>Specifies where a pending or masked bit, or a vcpu_info, was read.</summary>
public enum StateSource
{
    /// <summary>The domain's shared page.</summary>
    SharedPage,

    /// <summary>The guest's own memory: its FIFO event array, or the place where it registered a vcpu_info.</summary>
    GuestMemory,

    /// <summary>Xen's output for its debug key <c>e</c> or <c>q</c>.</summary>
    Hypervisor,

    /// <summary>The memory of the kernel on which this program runs, which is the kernel of the control domain.</summary>
    Kernel,
}
