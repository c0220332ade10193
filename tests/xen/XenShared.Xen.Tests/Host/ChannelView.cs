using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Oracles;

namespace XenShared.Xen.Tests.Host;

/// <summary>
/// Represents the channels of some domains by <c>xenshared</c>, with <c>lsevtchn</c> and debug key 'e' immediately before and after.
/// </summary>
internal sealed record ChannelView(
    Answers<XenEventChannel> Ours,
    IReadOnlyDictionary<ushort, IReadOnlyList<ListedPort>> ListedBefore,
    IReadOnlyDictionary<ushort, IReadOnlyList<ListedPort>> ListedAfter,
    DebugKeyEvents KeyBefore,
    DebugKeyEvents KeyAfter)
{
    /// <summary>Reads all of them.</summary>
    /// <param name="dom0">The control domain.</param>
    /// <param name="domIds">The numbers of the domains.</param>
    /// <param name="arguments">Further arguments for <c>xenshared channels</c>.</param>
    public static async Task<ChannelView> ObserveAsync(Dom0 dom0, IReadOnlyCollection<ushort> domIds, string arguments = "")
    {
        var listedBefore = await ListAsync(dom0, domIds);
        var keyBefore = DebugKeyEvents.Parse(await dom0.DebugKeyAsync());
        var ours = Answers<XenEventChannel>.Parse(await dom0.XenSharedAsync($"channels --json {arguments}"));
        var keyAfter = DebugKeyEvents.Parse(await dom0.DebugKeyAsync());
        return new ChannelView(ours, listedBefore, await ListAsync(dom0, domIds), keyBefore, keyAfter);
    }

    /// <summary>Returns the channels of a domain by <c>xenshared</c>.</summary>
    public IReadOnlyList<XenEventChannel> InDomain(ushort domId) => [.. Ours.Objects.Where(channel => channel.DomId == domId)];

    /// <summary>Returns Xen's view of a port if it was the same before and after; otherwise null, and nothing is compared.</summary>
    public DebugKeyPort? Settled(ushort domId, uint port) =>
        KeyBefore.Port(domId, port) is { } before
        && KeyAfter.Port(domId, port) is { } after
        && (before.Pending, before.Masked) == (after.Pending, after.Masked)
            ? after
            : null;

    /// <summary>
    /// Returns the ports whose state here differs from the state that Xen printed before and after. In a running guest, an event may have
    /// arrived and been handled in between.
    /// </summary>
    public IEnumerable<(ushort DomId, uint Port)> Disagreements() =>
        Ours
            .Objects.Where(channel =>
                Settled(channel.DomId, channel.Port) is { } xen
                && ((channel.Pending ?? xen.Pending) != xen.Pending || (channel.Masked ?? xen.Masked) != xen.Masked))
            .Select(channel => (channel.DomId, channel.Port));

    /// <summary>Returns the ports that <c>lsevtchn</c> listed identically before and after.</summary>
    public IReadOnlyList<ListedPort> SettledListing(ushort domId) => [.. ListedBefore[domId].Intersect(ListedAfter[domId])];

    private static async Task<IReadOnlyDictionary<ushort, IReadOnlyList<ListedPort>>> ListAsync(
        Dom0 dom0,
        IReadOnlyCollection<ushort> domIds)
    {
        var listed = new Dictionary<ushort, IReadOnlyList<ListedPort>>();
        foreach (var domId in domIds) listed[domId] = ListedPorts.Parse(await dom0.ListPortsAsync(domId));
        return listed;
    }
}
