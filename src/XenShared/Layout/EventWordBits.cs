namespace XenShared.Layout;

/// <summary>
/// Defines the bits of an event word, for writing (<c>xen/include/public/event_channel.h</c>); <see cref="EventWord"/> reads them.
/// </summary>
public static class EventWordBits
{
    /// <summary>An event is pending.</summary>
    public const uint Pending = 1u << 31;

    /// <summary>The guest has masked the channel.</summary>
    public const uint Masked = 1u << 30;

    /// <summary>The port is in a queue of pending events.</summary>
    public const uint Linked = 1u << 29;

    /// <summary>Xen is writing the next port of the queue into this word. The guest must not unmask the port while Xen does so.</summary>
    public const uint Busy = 1u << 28;

    /// <summary>The bits of the next port of the queue; 0 at its end.</summary>
    public const uint Link = (1u << 17) - 1;
}
