using XenShared.Layout;
using XenShared.Tests.Support;

namespace XenShared.Tests.Layout;

/// <summary>Checks the bits of an event word against <c>xen/include/public/event_channel.h</c>.</summary>
public sealed class EventWordTests
{
    [Theory]
    [InlineData(0x0000_0000u, false, false, false, false, 0u)]
    [InlineData(0x8000_0000u, true, false, false, false, 0u)]
    [InlineData(0x4000_0000u, false, true, false, false, 0u)]
    [InlineData(0x2000_0000u, false, false, true, false, 0u)]
    [InlineData(0x1000_0000u, false, false, false, true, 0u)]
    [InlineData(0xa000_0007u, true, false, true, false, 7u)]
    [InlineData(0xf001_ffffu, true, true, true, true, 0x1_ffffu)]
    public void EveryBitHasItsPlace(uint value, bool pending, bool masked, bool linked, bool busy, uint link)
    {
        var word = new EventWord(value);

        Assert.Equal((pending, masked, linked, busy, link), (word.IsPending, word.IsMasked, word.IsLinked, word.IsBusy, word.Link));
        Assert.True(word.IsWellFormed);
    }

    [Fact]
    public void ElevenBitsAreNeverSet()
    {
        for (var bit = 0; bit < 32; bit++) Assert.Equal(bit is < 17 or > 27, new EventWord(1u << bit).IsWellFormed);
    }

    [Theory]
    [InlineData(0x4000_0000u, true)]
    [InlineData(0x6000_0009u, true)] // closed while it stood in a queue
    [InlineData(0x5000_0000u, true)]
    [InlineData(0x0000_0000u, false)]
    [InlineData(0xc000_0000u, false)]
    [InlineData(0x8000_0000u, false)]
    [InlineData(0x4002_0000u, false)]
    [InlineData(0x4800_0000u, false)]
    [InlineData(0xffff_ffffu, false)]
    public void AtRestIsMaskedAndNothingWaits(uint value, bool expected) => Assert.Equal(expected, new EventWord(value).IsAtRest);

    [Fact]
    public void NoOtherBitCounts() => Always.Holds(Arbitrary.UInt32, value =>
    {
        var word = new EventWord(value);

        Assert.Equal(
            value,
            (word.IsPending ? 1u << 31 : 0)
                | (word.IsMasked ? 1u << 30 : 0)
                | (word.IsLinked ? 1u << 29 : 0)
                | (word.IsBusy ? 1u << 28 : 0)
                | word.Link
                | (value & 0x0ffe_0000));
        Assert.Equal((value & 0x0ffe_0000) == 0, word.IsWellFormed);
        Assert.Equal(word.IsWellFormed && word.IsMasked && !word.IsPending, word.IsAtRest);
    });
}
