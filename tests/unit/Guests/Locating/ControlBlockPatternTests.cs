using System.Runtime.InteropServices;
using XenShared.Guests.Locating;
using XenShared.Hypervisor;

namespace XenShared.Tests.Guests.Locating;

/// <summary>Tests which pages can be control blocks of FIFO events.</summary>
public sealed class ControlBlockPatternTests
{
    private static readonly ControlBlockPattern s_pattern = new(
        new PortTable(
            64,
            [
                new EventChannelStatus(1, ChannelState.Interdomain, 0, 0, 20),
                new EventChannelStatus(2, ChannelState.Ipi, 1),
                new EventChannelStatus(3, ChannelState.Ipi, 1),
                new EventChannelStatus(4, State: null),
            ]));

    [Theory]
    [InlineData(0, 0x80u, 9, 1u)]
    [InlineData(1, 0x80u, 9, 3u)]
    [InlineData(1, 0x8001u, 2, 2u, 9, 0u, 17, 3u)]
    [InlineData(0, 0u, 17, 1u)]
    public void APageOfAVcpu(int vcpu, uint ready, params object[] words) => Assert.Equal(vcpu, s_pattern.FindVcpu(Page(ready, words)));

    [Theory]
    [InlineData("no head", 0u)]
    [InlineData("more ready bits than queues", 0x1_0000u, 9, 1u)]
    [InlineData("a queue that is ready and has no head", 0x81u, 9, 1u)]
    [InlineData("the reserved word", 0x80u, 1, 1u, 9, 1u)]
    [InlineData("ports of two vCPUs", 0u, 9, 1u, 10, 2u)]
    [InlineData("a closed port", 0u, 9, 5u)]
    [InlineData("a port of which the state is not known", 0u, 9, 4u)]
    [InlineData("a port that does not exist", 0u, 9, uint.MaxValue)]
    [InlineData("a word after it", 0u, 9, 1u, 18, 1u)]
    [InlineData("a word at the end", 0u, 9, 1u, 1023, 0x8000_0000u)]
    public void AnotherPage(string what, uint ready, params object[] words)
    {
        Assert.NotEmpty(what);
        Assert.Null(s_pattern.FindVcpu(Page(ready, words)));
        Assert.False(s_pattern.Resembles(Page(ready, words)));
    }

    [Fact]
    public void WithoutPortsNothingFits() =>
        Assert.Null(new ControlBlockPattern(new PortTable(0, [])).FindVcpu(Page(0, [9, 1u])));

    [Fact]
    public void NoPageOfNoiseFits()
    {
        var random = new Random(7);
        var page = new byte[4096];
        for (var round = 0; round < 1000; round++)
        {
            random.NextBytes(page.AsSpan(0, round % 80));
            Assert.Null(s_pattern.FindVcpu(page) is { } vcpu && page.AsSpan(72).ContainsAnyExcept((byte)0) ? vcpu : null);
        }
    }

    private static byte[] Page(uint ready, object[] words)
    {
        var page = new byte[4096];
        var span = MemoryMarshal.Cast<byte, uint>(page.AsSpan());
        span[0] = ready;
        for (var at = 0; at < words.Length; at += 2) span[(int)words[at]] = (uint)words[at + 1];
        return page;
    }
}
