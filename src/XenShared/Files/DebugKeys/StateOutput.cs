namespace XenShared.Files.DebugKeys;

/// <summary>Specifies the output from which the states of a domain's vCPUs were read.</summary>
public enum StateOutput
{
    /// <summary>Xen's debug key <c>q</c>, possibly with processors and affinities from <c>xl vcpu-list</c>.</summary>
    DebugKey,

    /// <summary><c>xl vcpu-list</c>, which prints no upcalls.</summary>
    VcpuList,

    /// <summary>Linux's own debug interrupt, which prints what the guest shares with Xen.</summary>
    LinuxDebug,
}
