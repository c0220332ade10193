using XenShared.Hypervisor;

namespace XenShared.Queries;

/// <summary>
/// Holds processor states of a domain's vCPUs from many reads in quick succession. In three reads, a busy kernel can be in the same short
/// loop each time by chance. In many reads, only a kernel that hangs is.
/// </summary>
/// <param name="domain">The domain.</param>
internal sealed class ContextSeries(DomainInfo domain)
{
    /// <summary>The number of reads.</summary>
    public const int ReadCount = 20;

    // A kernel that hangs with interrupts off usually runs in a short loop, such as that of a spinlock. Instruction pointers that are at
    // most this far apart are taken as such a loop.
    private const ulong LoopBytes = 256;

    /// <summary>Gets the domain.</summary>
    public DomainInfo Domain { get; } = domain;

    /// <summary>Gets the processor states at each read, oldest first.</summary>
    public List<IReadOnlyList<VcpuContext>> Reads { get; } = [];

    /// <summary>Gets or sets the reason why there are fewer than <see cref="ReadCount"/> reads; null if there are enough.</summary>
    public string? WhyIncomplete { get; set; }

    /// <summary>Determines whether instruction pointers are so close to each other that they can belong to one short loop.</summary>
    public static bool IsSameLoop(IReadOnlyCollection<ulong> places) =>
        places.Count == 0 || places.Max() - places.Min() <= LoopBytes;

    /// <summary>
    /// Determines whether a vCPU may hang in one short loop: in each read it was awake in this loop, and its registers do not show that it
    /// takes interrupts.
    /// </summary>
    /// <param name="reads">The processor states of the vCPU.</param>
    public static bool CanStay(IReadOnlyCollection<VcpuContext> reads) =>
        reads.All(context =>
            context is { InstructionPointer: not null, Run: { Blocked: false } }
            && (context.InterruptFlag != true || context.Apic is { IsEnabled: true, IsBlocked: true }))
        && IsSameLoop([.. reads.Select(context => context.InstructionPointer!.Value)]);
}
