namespace XenShared;

/// <summary>Where the state of channels and vCPUs is asked for.</summary>
public enum ChannelSource
{
    /// <summary>Where it is: the shared page, else the guest's memory.</summary>
    Auto,

    /// <summary>The shared page alone.</summary>
    SharedPage,

    /// <summary>The guest's memory alone.</summary>
    GuestMemory,

    /// <summary>Xen itself, through its debug key.</summary>
    Hypervisor,
}
