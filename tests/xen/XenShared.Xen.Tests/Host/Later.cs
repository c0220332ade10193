namespace XenShared.Xen.Tests.Host;

/// <summary>Compares a later observation of paused guests with an earlier one.</summary>
internal static class Later
{
    /// <summary>Checks that the channels are the same, except that events may have arrived, and with FIFO may have been queued.</summary>
    public static void AssertSame(IEnumerable<XenEventChannel> earlier, IEnumerable<XenEventChannel> later)
    {
        var (before, after) = (Guests(earlier), Guests(later));
        Assert.Equal(before.Select(Still), after.Select(Still));
        Assert.All(before.Zip(after), pair => AssertArrived(pair.First.Pending, pair.Second.Pending));
        Assert.All(before.Zip(after), pair => AssertArrived(pair.First.Linked, pair.Second.Linked));
    }

    private static XenEventChannel Still(XenEventChannel channel) => channel with { Pending = null, Linked = null };

    /// <summary>Checks that an event has at most arrived, and has not been handled or become unknown.</summary>
    private static void AssertArrived(bool? earlier, bool? later)
    {
        if (earlier == later) return;
        Assert.Equal((false, true), (earlier, later));
    }

    // Dom0 is not paused, and opens ports of its own at any time.
    private static XenEventChannel[] Guests(IEnumerable<XenEventChannel> channels) =>
        [.. channels.Where(channel => channel.DomId > 0).Select(channel => channel with { TakenAt = default })];
}
