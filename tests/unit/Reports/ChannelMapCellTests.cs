using XenShared.Reports;
using XenShared.Tests.Support;

namespace XenShared.Tests.Reports;

/// <summary>Tests the conversion of ports to the cells of a map.</summary>
public sealed class ChannelMapCellTests
{
    [Theory]
    [InlineData(false, false, ChannelMark.Idle)]
    [InlineData(true, false, ChannelMark.Pending)]
    [InlineData(false, true, ChannelMark.Masked)]
    [InlineData(true, true, ChannelMark.PendingMasked)]
    [InlineData(null, null, ChannelMark.Unknown)]
    [InlineData(null, true, ChannelMark.Unknown)]
    [InlineData(false, null, ChannelMark.Unknown)]
    [InlineData(true, null, ChannelMark.Pending)]
    public void WhatIsNotKnownIsNeverShownAsQuiet(bool? pending, bool? masked, ChannelMark mark) =>
        Assert.Equal(mark, ChannelMapCell.MarkOf(SomeReport.Channel(1, pending, masked)));

    [Fact]
    public void ClosedNeighboursAreOneCell()
    {
        var closed = Enumerable.Range(3, 4093).Select(port => SomeReport.Channel((uint)port, null, null, ChannelState.Closed));
        XenEventChannel[] channels =
        [
            SomeReport.Channel(0, null, null, ChannelState.Closed),
            SomeReport.Channel(1),
            SomeReport.Channel(2, pending: true),
            .. closed,
            SomeReport.Channel(4096),
        ];

        var cells = ChannelMapCell.CreateMap(channels);

        Assert.Equal(
            [
                (0u, 0u, ChannelMark.Closed),
                (1u, 1u, ChannelMark.Idle),
                (2u, 2u, ChannelMark.Pending),
                (3u, 4095u, ChannelMark.Closed),
                (4096u, 4096u, ChannelMark.Idle),
            ],
            cells.Select(cell => (cell.First, cell.Last, cell.Mark)));
        Assert.Equal(4097u, cells.Sum(cell => cell.Count));
        Assert.All(cells, cell => Assert.Equal(cell.Mark == ChannelMark.Closed, cell.Channel is null));
    }

    [Fact]
    public void PortsThatWereNotSelectedHaveNoCell()
    {
        var cells = ChannelMapCell.CreateMap([
            SomeReport.Channel(2, null, null, ChannelState.Closed),
            SomeReport.Channel(9, null, null, ChannelState.Closed),
        ]);

        Assert.Equal([2u, 9u], cells.Select(cell => cell.First));
    }
}
