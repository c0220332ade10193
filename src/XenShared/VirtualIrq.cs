namespace XenShared;

/// <summary>Virtual interrupts (<c>VIRQ_*</c> of <c>xen/include/public/xen.h</c>).</summary>
public enum VirtualIrq
{
    /// <summary>The vCPU's timer.</summary>
    Timer = 0,

    /// <summary>Asks the guest to print its state.</summary>
    Debug = 1,

    /// <summary>Xen's console has input.</summary>
    Console = 2,

    /// <summary>Something happened to a domain.</summary>
    DomainException = 3,

    /// <summary>The trace buffer fills.</summary>
    TraceBuffer = 4,

    /// <summary>A debugged domain stopped.</summary>
    Debugger = 6,

    /// <summary>Profiling.</summary>
    Xenoprof = 7,

    /// <summary>Xen's console ring has news.</summary>
    ConsoleRing = 8,

    /// <summary>A processor changed its state.</summary>
    ProcessorState = 9,

    /// <summary>A memory event.</summary>
    MemoryEvent = 10,

    /// <summary>Argo (older hosts: reserved).</summary>
    Argo = 11,

    /// <summary>Xen runs out of memory.</summary>
    OutOfMemory = 12,

    /// <summary>Performance counters.</summary>
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
