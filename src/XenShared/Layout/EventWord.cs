namespace XenShared.Layout;

/// <summary>Represents the word of a port in a FIFO event array (<c>xen/include/public/event_channel.h</c>, <c>event_word_t</c>).</summary>
/// <param name="Value">The 32 bits.</param>
public readonly record struct EventWord(uint Value)
{
    /// <summary>The number of words in a page. Page n of the event array begins with the word of port 1,024 * n.</summary>
    public const int PerPage = SharedInfoLayout.PageSize / sizeof(uint);

    private const uint PendingBit = 1u << 31;
    private const uint MaskedBit = 1u << 30;
    private const uint LinkedBit = 1u << 29;
    private const uint BusyBit = 1u << 28;
    private const uint LinkBits = (1u << 17) - 1;

    /// <summary>The bits that no version uses, which are zero in every word.</summary>
    private const uint ReservedBits = ~(PendingBit | MaskedBit | LinkedBit | BusyBit | LinkBits);

    /// <summary>Gets a value indicating whether an event is pending.</summary>
    public bool IsPending => (Value & PendingBit) != 0;

    /// <summary>Gets a value indicating whether the guest has masked the channel.</summary>
    public bool IsMasked => (Value & MaskedBit) != 0;

    /// <summary>Gets a value indicating whether the port is in a queue of pending events (<c>LINKED</c>).</summary>
    public bool IsLinked => (Value & LinkedBit) != 0;

    /// <summary>
    /// Gets a value indicating whether Xen is writing the next port of the queue into this word (<c>BUSY</c>). The guest must not unmask
    /// the port while Xen does so.
    /// </summary>
    public bool IsBusy => (Value & BusyBit) != 0;

    /// <summary>Gets the next port of the queue that this port is in; 0 at its end.</summary>
    public uint Link => Value & LinkBits;

    /// <summary>Gets a value indicating whether the value can be an event word: the bits that no version uses are zero.</summary>
    public bool IsWellFormed => (Value & ReservedBits) == 0;

    /// <summary>
    /// Gets a value indicating whether the word can belong to a closed port: it is masked and not pending. A port can be closed while it is
    /// still in a queue, so the other bits are ignored.
    /// </summary>
    public bool IsAtRest => (Value & (ReservedBits | PendingBit | MaskedBit)) == MaskedBit;
}
