namespace XenShared;

/// <summary>Specifies where the state of channels and vCPUs is read.</summary>
public enum ChannelSource
{
    /// <summary>
    /// The shared page if Xen keeps the state there; otherwise the guest's memory. For the control domain on which this program runs, that
    /// is the memory of its kernel.
    /// </summary>
    Auto,

    /// <summary>Only the shared page.</summary>
    SharedPage,

    /// <summary>Only the guest's own memory: its FIFO event array, or the place where it registered a vcpu_info.</summary>
    GuestMemory,

    /// <summary>Xen's output for its debug key <c>e</c>, which lists the event channels of all domains.</summary>
    Hypervisor,

    /// <summary>Only the memory of the kernel on which this program runs, which is the kernel of the control domain.</summary>
    Kernel,
}
