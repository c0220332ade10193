namespace XenShared;

/// <summary>Specifies a virtual interrupt (<c>VIRQ_*</c> of <c>xen/include/public/xen.h</c>).</summary>
public enum VirtualIrq
{
    /// <summary>The vCPU's timer.</summary>
    Timer = 0,

    /// <summary>Makes the guest print its state.</summary>
    Debug = 1,

    /// <summary>Xen's console has input.</summary>
    Console = 2,

    /// <summary>A domain shut down or was destroyed.</summary>
    DomainException = 3,

    /// <summary>The trace buffer has records.</summary>
    TraceBuffer = 4,

    /// <summary>A domain under a debugger stopped.</summary>
    Debugger = 6,

    /// <summary>The profiler Xenoprof has samples.</summary>
    Xenoprof = 7,

    /// <summary>Xen's console ring has new output.</summary>
    ConsoleRing = 8,

    /// <summary>A physical processor changed its state, for example to offline.</summary>
    ProcessorState = 9,

    /// <summary>A memory event.</summary>
    MemoryEvent = 10,

    /// <summary>Argo, which passes messages between domains. Older versions of Xen reserve the number.</summary>
    Argo = 11,

    /// <summary>Xen is low on memory.</summary>
    OutOfMemory = 12,

    /// <summary>A performance counter overflowed.</summary>
    Pmu = 13,

    /// <summary>The architecture's first interrupt; on x86 the machine check.</summary>
    Arch0 = 16,

    /// <summary>The architecture's second interrupt.</summary>
    Arch1 = 17,

    /// <summary>The architecture's third interrupt.</summary>
    Arch2 = 18,

    /// <summary>The architecture's fourth interrupt.</summary>
    Arch3 = 19,

    /// <summary>The architecture's fifth interrupt.</summary>
    Arch4 = 20,

    /// <summary>The architecture's sixth interrupt.</summary>
    Arch5 = 21,

    /// <summary>The architecture's seventh interrupt.</summary>
    Arch6 = 22,

    /// <summary>The architecture's eighth interrupt.</summary>
    Arch7 = 23,
}
