using XenShared.Layout;

namespace XenShared.Targets.Simulated;

/// <summary>
/// Simulates FIFO channels with one priority (<c>xen/common/event_fifo.c</c>; Linux <c>drivers/xen/events/events_fifo.c</c>).
/// </summary>
/// <param name="array">Returns the page of the event array.</param>
/// <param name="control">Returns the page with the control block of a vCPU.</param>
/// <param name="vcpuOf">Returns the vCPU that a port is bound to; null if there is none.</param>
internal sealed class FifoDelivery(
    Func<byte[]> array,
    Func<SimulatedVcpu, byte[]> control,
    Func<uint, SimulatedVcpu?> vcpuOf) : IEventDelivery
{
    private const int Priority = 7;
    private const int HeadOffset = 8 + 4 * Priority;

    public bool Raise(uint port, SimulatedVcpu vcpu)
    {
        var word = AtomicField.SetBits(array(), Offset(port), 4, EventWordBits.Pending);
        if ((word & (EventWordBits.Masked | EventWordBits.Linked)) != 0) return false;
        AtomicField.SetBits(array(), Offset(port), 4, EventWordBits.Linked);
        var tail = vcpu.QueueTail;
        vcpu.QueueTail = port;
        if (tail != 0 && TryLink(tail, port))
            return false;
        AtomicField.CompareExchange(control(vcpu), HeadOffset, 4, AtomicField.Read(control(vcpu), HeadOffset, 4), port);
        return (AtomicField.SetBits(control(vcpu), 0, 4, 1u << Priority) >> Priority & 1) == 0;
    }

    public void Take(SimulatedVcpu vcpu, Func<uint, bool> handle)
    {
        while (AtomicField.ClearBits(control(vcpu), 0, 4, 1u << Priority) is var ready && (ready >> Priority & 1) != 0)
        {
            var head = (uint)AtomicField.Read(control(vcpu), HeadOffset, 4);
            // The loop follows the links of the queue. It ends at an invalid link, where a real kernel would stop too. The counter ends it
            // if the links form a circle.
            for (var left = EventWord.PerPage; head is > 0 and < EventWord.PerPage && left > 0; left--) head = TakeOne(head, handle);
        }
    }

    public void Mask(uint port) => AtomicField.SetBits(array(), Offset(port), 4, EventWordBits.Masked);

    public bool Unmask(uint port, SimulatedVcpu vcpu)
    {
        AtomicField.ClearBits(array(), Offset(port), 4, EventWordBits.Masked);
        return IsPending(port) && Raise(port, vcpu);
    }

    public bool IsMasked(uint port) => new EventWord(Word(port)).IsMasked;

    public bool IsPending(uint port) => new EventWord(Word(port)).IsPending;

    public void Forget(uint port) => AtomicField.ClearBits(array(), Offset(port), 4, EventWordBits.Pending);

    private uint TakeOne(uint port, Func<uint, bool> handle)
    {
        var word = (uint)AtomicField.ClearBits(array(), Offset(port), 4, EventWordBits.Linked | EventWordBits.Link);
        if (vcpuOf(port) is { } vcpu && vcpu.QueueTail == port) vcpu.QueueTail = 0;
        if ((word & EventWordBits.Pending) != 0 && (word & EventWordBits.Masked) == 0 && handle(port)) Forget(port);
        return word & EventWordBits.Link;
    }

    private bool TryLink(uint tail, uint port)
    {
        var word = Word(tail);
        if ((word & EventWordBits.Linked) == 0) return false;
        AtomicField.CompareExchange(array(), Offset(tail), 4, word, word & ~EventWordBits.Link | port);
        return true;
    }

    private uint Word(uint port) => (uint)AtomicField.Read(array(), Offset(port), 4);

    private static int Offset(uint port) => (int)port * 4;
}
