namespace XenShared.Layout;

/// <summary>One port's word of a FIFO event array (<c>xen/include/public/event_channel.h</c>, <c>event_word_t</c>).</summary>
/// <param name="Value">The 32 bits.</param>
public readonly record struct EventWord(uint Value)
{
    /// <summary>Words of a page: ports 1,024 times n and on stand in page n of the array.</summary>
    public const int PerPage = SharedInfoLayout.PageSize / sizeof(uint);

    private const uint PendingBit = 1u << 31;
    private const uint MaskedBit = 1u << 30;
    private const uint LinkedBit = 1u << 29;
    private const uint BusyBit = 1u << 28;
    private const uint LinkBits = (1u << 17) - 1;

    /// <summary>Bits that no version uses: they are zero in every word.</summary>
    private const uint ReservedBits = ~(PendingBit | MaskedBit | LinkedBit | BusyBit | LinkBits);

    /// <summary>Gets an event waits.</summary>
    public bool IsPending => (Value & PendingBit) != 0;

    /// <summary>Gets the guest has switched the channel off.</summary>
    public bool IsMasked => (Value & MaskedBit) != 0;

    /// <summary>Gets the port stands in one of the queues.</summary>
    public bool IsLinked => (Value & LinkedBit) != 0;

    /// <summary>Gets the guest is just unmasking it.</summary>
    public bool IsBusy => (Value & BusyBit) != 0;

    /// <summary>Gets the next port of the queue; 0 at its end.</summary>
    public uint Link => Value & LinkBits;

    /// <summary>Gets a value indicating whether this can be an event word at all.</summary>
    public bool IsWellFormed => (Value & ReservedBits) == 0;

    /// <summary>
    /// Gets a value indicating whether this is what a kernel leaves in the word of a port that is not in use: masked, and nothing waits. It
    /// may still stand in a queue.
    /// </summary>
    public bool IsAtRest => (Value & (ReservedBits | PendingBit | MaskedBit)) == MaskedBit;
}
