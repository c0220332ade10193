using XenShared.Queries;

namespace XenShared.Tests.Queries;

/// <summary>Tests which channels a filter selects.</summary>
public sealed class ChannelFilterTests
{
    private static readonly XenEventChannel[] s_channels =
    [
        new() { DomId = 5, Port = 0, State = ChannelState.Closed },
        new() { DomId = 5, Port = 1, State = ChannelState.Interdomain, Pending = true, Masked = false },
        new() { DomId = 5, Port = 2, State = ChannelState.VirtualIrq, Pending = false, Masked = true },
        new() { DomId = 5, Port = 3, State = ChannelState.Ipi, Pending = true, Masked = true },
        new() { DomId = 5, Port = 4, State = null },
        new() { DomId = 5, Port = 5, State = ChannelState.Unbound, Pending = null, Masked = true },
    ];

    [Fact]
    public void TheDefaultTakesAllThatAreNotClosed() => AssertAccepts(new(), 1, 2, 3, 4, 5);

    [Fact]
    public void ClosedPortsAreListedOnRequest()
    {
        AssertAccepts(new() { IncludeClosed = true }, 0, 1, 2, 3, 4, 5);
        AssertAccepts(new() { States = [ChannelState.Closed] }, 0);
        AssertAccepts(new() { Ports = [0, 1] }, 0, 1);
    }

    [Fact]
    public void UnknownIsNeitherPendingNorMasked()
    {
        AssertAccepts(new() { Pending = true }, 1, 3);
        AssertAccepts(new() { Masked = true }, 2, 3, 5);
        AssertAccepts(new() { Pending = true, Masked = true }, 3);
        AssertAccepts(new() { Unknown = true }, 4, 5);
        AssertAccepts(new() { Unknown = true, Masked = true }, 5);
        // A closed port has no state that could be known.
        AssertAccepts(new() { Unknown = true, IncludeClosed = true }, 4, 5);
    }

    [Fact]
    public void StatesLeaveOutWhatXenDoesNotReport()
    {
        AssertAccepts(new() { States = [ChannelState.Ipi, ChannelState.Interdomain] }, 1, 3);
        AssertAccepts(new() { States = [ChannelState.Unbound], IncludeClosed = true }, 5);
    }

    private static void AssertAccepts(ChannelFilter filter, params int[] ports) =>
        Assert.Equal(ports, s_channels.Where(filter.Accepts).Select(channel => (int)channel.Port));
}
