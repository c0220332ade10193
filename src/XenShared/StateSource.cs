namespace XenShared;

/// <summary>Specifies where a pending or masked bit, or a vCPU's record, was read.</summary>
public enum StateSource
{
    /// <summary>The page that the domain shares with Xen.</summary>
    SharedPage,

    /// <summary>The guest's own memory: its FIFO event array, or the place where it registered a vCPU's record.</summary>
    GuestMemory,

    /// <summary>Xen itself, through its debug key.</summary>
    Hypervisor,
}
