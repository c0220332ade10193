using System.Numerics;
using XenShared.Layout;

namespace XenShared.Targets.Simulated;

/// <summary>Simulates two-level channels (<c>xen/common/event_2l.c</c>; Linux <c>drivers/xen/events/events_2l.c</c>).</summary>
/// <param name="layout">The layout of the page.</param>
/// <param name="page">Returns the shared page.</param>
/// <param name="record">Returns the page with the <c>vcpu_info</c> that a vCPU uses.</param>
/// <param name="vcpuOf">Returns the number of the vCPU that a port is bound to.</param>
internal sealed class TwoLevelDelivery(
    SharedInfoLayout layout,
    Func<byte[]> page,
    Func<SimulatedVcpu, byte[]> record,
    Func<uint, int> vcpuOf
) : IEventDelivery
{
    private int WordBits => layout.WordBytes * 8;

    public bool Raise(uint port, SimulatedVcpu vcpu)
    {
        // Xen sets the pending bit, the selector bit and the upcall in this order, and stops at the first one that is already set. So if a
        // poke has set the pending bit, the event stops here, and false is returned.
        if (IsSet(AtomicField.SetBits(page(), Field(layout.PendingOffset, port), 4, Bit(port)), port)) return false;
        return !IsMasked(port) && Select(port, vcpu);
    }

    public void Mask(uint port) => AtomicField.SetBits(page(), Field(layout.MaskOffset, port), 4, Bit(port));

    public bool Unmask(uint port, SimulatedVcpu vcpu)
    {
        AtomicField.ClearBits(page(), Field(layout.MaskOffset, port), 4, Bit(port));
        return IsPending(port) && Select(port, vcpu);
    }

    public void Take(SimulatedVcpu vcpu, Func<uint, bool> handle)
    {
        var selector = AtomicField.ClearBits(record(vcpu), SelectorOffset(vcpu), layout.WordBytes, ulong.MaxValue);
        for (; selector != 0; selector &= selector - 1) TakeWord(vcpu, BitOperations.TrailingZeroCount(selector), handle);
    }

    public bool IsMasked(uint port) => IsSet(AtomicField.Read(page(), Field(layout.MaskOffset, port), 4), port);

    public bool IsPending(uint port) => IsSet(AtomicField.Read(page(), Field(layout.PendingOffset, port), 4), port);

    public void Forget(uint port) => AtomicField.ClearBits(page(), Field(layout.PendingOffset, port), 4, Bit(port));

    private bool Select(uint port, SimulatedVcpu vcpu)
    {
        var selector = AtomicField.SetBits(record(vcpu), SelectorOffset(vcpu), layout.WordBytes, 1ul << (int)(port / WordBits));
        return (selector >> (int)(port / WordBits) & 1) == 0;
    }

    // Handles the pending, unmasked events of one word. As in Linux, ports that are bound to another vCPU are skipped.
    private void TakeWord(SimulatedVcpu vcpu, int word, Func<uint, bool> handle)
    {
        var width = layout.WordBytes;
        var pending =
            AtomicField.Read(page(), layout.PendingOffset + word * width, width)
            & ~AtomicField.Read(page(), layout.MaskOffset + word * width, width);
        for (; pending != 0; pending &= pending - 1)
        {
            var port = (uint)(word * WordBits + BitOperations.TrailingZeroCount(pending));
            if (vcpuOf(port) != vcpu.Number) continue;
            if (handle(port)) Forget(port);
        }
    }

    private int SelectorOffset(SimulatedVcpu vcpu) => vcpu.RecordOffset + layout.Vcpu.PendingSelector.Offset;

    private static int Field(int bitmap, uint port) => bitmap + (int)(port / 32) * 4;

    private static uint Bit(uint port) => 1u << (int)(port % 32);

    private static bool IsSet(ulong word, uint port) => (word & Bit(port)) != 0;
}
