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

    /// <summary>The event is in a queue.</summary>
    public const uint Linked = 1u << 29;

    /// <summary>Xen is linking a port after this one; until then, the guest must not clear the mask.</summary>
    public const uint Busy = 1u << 28;

    /// <summary>The next port of the queue.</summary>
    public const uint Link = (1u << 17) - 1;
}
