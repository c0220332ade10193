namespace XenShared;

/// <summary>Specifies the state of a vCPU in Xen's scheduler.</summary>
public enum VcpuState
{
    /// <summary>On a processor.</summary>
    Running,

    /// <summary>Ready to run, but not on a processor.</summary>
    Runnable,

    /// <summary>Waits for an event, or for Xen.</summary>
    Blocked,

    /// <summary>Paused by the toolstack or by Xen, as is each vCPU of a guest that has shut down.</summary>
    Paused,

    /// <summary>Offline: the guest has not brought the vCPU up, or has taken it down.</summary>
    Offline,
}
