namespace XenShared.Xen.Tests.Host;

/// <summary>Compares two looks at paused guests, the later one with the earlier one.</summary>
internal static class Later
{
    /// <summary>The channels must be the same, except that events may have arrived, and with FIFO been queued.</summary>
    public static void AssertSame(IEnumerable<XenEventChannel> earlier, IEnumerable<XenEventChannel> later)
    {
        var (before, after) = (Guests(earlier), Guests(later));
        Assert.Equal(before.Select(Still), after.Select(Still));
        Assert.All(before.Zip(after), pair => AssertArrived(pair.First.Pending, pair.Second.Pending));
        Assert.All(before.Zip(after), pair => AssertArrived(pair.First.Linked, pair.Second.Linked));
    }

    private static XenEventChannel Still(XenEventChannel channel) => channel with { Pending = null, Linked = null };

    /// <summary>An event may have arrived; none may have gone, and none may have become unknown.</summary>
    private static void AssertArrived(bool? earlier, bool? later)
    {
        if (earlier == later) return;
        Assert.Equal((false, true), (earlier, later));
    }

    // Dom0 is not paused, and opens ports of its own at any time.
    private static XenEventChannel[] Guests(IEnumerable<XenEventChannel> channels) =>
        [.. channels.Where(channel => channel.DomId > 0).Select(channel => channel with { TakenAt = default })];
}
