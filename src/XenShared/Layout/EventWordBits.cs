namespace XenShared.Layout;

/// <summary>
/// The bits of an event word, for who writes one (<c>xen/include/public/event_channel.h</c>); <see cref="EventWord"/> reads them.
/// </summary>
public static class EventWordBits
{
    /// <summary>An event waits.</summary>
    public const uint Pending = 1u << 31;

    /// <summary>The guest has switched the channel off.</summary>
    public const uint Masked = 1u << 30;

    /// <summary>The port stands in a queue.</summary>
    public const uint Linked = 1u << 29;

    /// <summary>The guest is just unmasking it.</summary>
    public const uint Busy = 1u << 28;

    /// <summary>The next port of the queue.</summary>
    public const uint Link = (1u << 17) - 1;
}
