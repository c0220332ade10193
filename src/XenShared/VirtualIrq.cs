namespace XenShared;

/// <summary>Specifies a virtual interrupt (<c>VIRQ_*</c> of <c>xen/include/public/xen.h</c>).</summary>
public enum VirtualIrq
{
    /// <summary>The vCPU's timer.</summary>
    Timer = 0,

    /// <summary>Asks the guest to print its state.</summary>
    Debug = 1,

    /// <summary>Xen's console has input.</summary>
    Console = 2,

    /// <summary>A domain shut down or was destroyed.</summary>
    DomainException = 3,

    /// <summary>The trace buffer has records.</summary>
    TraceBuffer = 4,

    /// <summary>A domain under a debugger stopped.</summary>
    Debugger = 6,

    /// <summary>Profiling.</summary>
    Xenoprof = 7,

    /// <summary>Xen's console ring has new output.</summary>
    ConsoleRing = 8,

    /// <summary>A processor changed its state.</summary>
    ProcessorState = 9,

    /// <summary>A memory event.</summary>
    MemoryEvent = 10,

    /// <summary>Argo (older hosts: reserved).</summary>
    Argo = 11,

    /// <summary>Xen is low on memory.</summary>
    OutOfMemory = 12,

    /// <summary>A performance counter overflowed.</summary>
    Pmu = 13,

    /// <summary>Architecture's first; on x86 the machine check.</summary>
    Arch0 = 16,

    /// <summary>Architecture's second.</summary>
    Arch1 = 17,

    /// <summary>Architecture's third.</summary>
    Arch2 = 18,

    /// <summary>Architecture's fourth.</summary>
    Arch3 = 19,

    /// <summary>Architecture's fifth.</summary>
    Arch4 = 20,

    /// <summary>Architecture's sixth.</summary>
    Arch5 = 21,

    /// <summary>Architecture's seventh.</summary>
    Arch6 = 22,

    /// <summary>Architecture's eighth.</summary>
    Arch7 = 23,
}
