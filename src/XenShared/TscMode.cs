namespace XenShared;

/// <summary>
/// Specifies how Xen presents the TSC (time stamp counter) to a domain (<c>XEN_CPUID_TSC_MODE</c>; <c>tsc_mode</c> of <c>xl.cfg</c>).
/// </summary>
public enum TscMode
{
    /// <summary>The TSC of the processor if it is safe to use, otherwise an emulated TSC (<c>default</c>).</summary>
    Default,

    /// <summary>An emulated TSC with a constant frequency (<c>always_emulate</c>).</summary>
    AlwaysEmulate,

    /// <summary>The TSC of the processor (<c>native</c>).</summary>
    NeverEmulate,

    /// <summary>The TSC of the processor with additional information for the guest (<c>native_paravirt</c>, before Xen 4.13).</summary>
    Pvrdtscp,
}
