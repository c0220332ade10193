using System.Runtime.InteropServices;
using FsCheck.Fluent;
using XenShared.Guests.Locating;
using XenShared.Hypervisor;
using XenShared.Tests.Support;

namespace XenShared.Tests.Guests.Locating;

/// <summary>Tests which pages can belong to an event array.</summary>
public sealed class EventArrayPatternTests
{
    private const uint Masked = 0x4000_0000;

    private static readonly EventArrayPattern s_linux = new(Some.LinuxPorts());

    [Fact]
    public void TheTruePageFits()
    {
        Assert.Equal(1, s_linux.PageCount);
        AssertFits(Page(0, 0, 0, 0xa000_0000, Masked, 0x5000_0000, 0xe000_0007), fits: true);
        AssertFits(Page(0, 0, 0, 0, 0, 0, 0, 0), fits: true);
    }

    [Fact]
    public void APageThatWasFilledForNothingDoesNotFit() => Assert.False(s_linux.Fits(Page(), 0));

    [Fact]
    public void NorDoesItFitAGuestThatHasNoPortsOfItsOwn() =>
        Assert.False(new EventArrayPattern(new PortTable(64, [new EventChannelStatus(1, ChannelState.Interdomain)])).Fits(Page(), 0));

    [Fact]
    public void AnEmptyPageDoesNotFit() => AssertFits(new byte[4096], fits: false);

    [Fact]
    public void NoiseDoesNotFit() => Always.Holds(Arbitrary.Bytes(4096), page => AssertFits(page, fits: false));

    [Theory]
    [InlineData(0, 0u)] // port 0, which nobody binds
    [InlineData(9, 0u)]
    [InlineData(1023, 0u)]
    [InlineData(500, 0xc000_0000u)]
    [InlineData(501, 0x8000_0000u)]
    [InlineData(502, 0x4800_0000u)]
    [InlineData(503, 0x4002_0000u)]
    [InlineData(504, 0xffff_ffffu)]
    public void AWordOfAClosedPortThatIsNotAtRest(int port, uint word)
    {
        var page = Page(0, 0, 0);
        Words(page)[port] = word;

        Assert.False(s_linux.Fits(page, 0));
        // The fast check tolerates some differences, because a port may have been bound since.
        Assert.True(s_linux.Resembles(page));
    }

    [Theory]
    [InlineData(0x0800_0000u)]
    [InlineData(0x0002_0000u)]
    [InlineData(0xffff_ffffu)]
    public void AnInvalidWordOfABoundPort(uint word) => Assert.False(s_linux.Fits(Page(0, 0, 0, word), 0));

    [Fact]
    public void AClosedPortThatStillStandsInAQueueIsAtRest()
    {
        var page = Page(0, 0, 0);
        Words(page)[20] = Masked | 0x2000_0000 | 7;

        Assert.True(s_linux.Fits(page, 0));
    }

    [Fact]
    public void AGuestListensToSomeOfItsOwnPorts()
    {
        // Only 1 and 2, which others bind, are unmasked; the timer and the IPIs are not.
        Assert.False(s_linux.Fits(Page(0, 0, Masked, Masked, Masked, Masked, Masked, Masked), 0));
        Assert.True(s_linux.Fits(Page(0, 0, Masked, Masked, Masked, Masked, Masked, 0), 0));
        // A guest without ports of its own fits anything.
        Assert.True(new EventArrayPattern(new PortTable(64, [new EventChannelStatus(1, ChannelState.Interdomain)])).Fits(Page(0), 0));
    }

    [Fact]
    public void TwoProbesThatDifferAreNoEventArray()
    {
        var page = Page(0, 0, 0);
        Words(page)[0] = 0;
        Assert.True(s_linux.Resembles(page));
        Words(page)[1023] = 0;
        Assert.False(s_linux.Resembles(page));
    }

    [Fact]
    public void AHiddenPortIsInUse()
    {
        var pattern = new EventArrayPattern(
            new PortTable(
                64,
                [
                    new EventChannelStatus(3, State: null),
                    new EventChannelStatus(4, ChannelState.Ipi),
                    new EventChannelStatus(5, ChannelState.Closed),
                ]));

        Assert.True(pattern.Fits(Page(Masked, Masked, 0x8000_0000, 0), 0));
        Assert.False(pattern.Fits(Page(Masked, Masked, 0, 0, 0), 0));
    }

    [Theory]
    [InlineData(1023u, 1)]
    [InlineData(1024u, 2)]
    [InlineData(131_071u, 128)]
    public void TheHighestPortDecidesHowManyPagesThereAre(uint port, int pages) =>
        Assert.Equal(pages, new EventArrayPattern(new PortTable(1 << 17, [new EventChannelStatus(port, ChannelState.Ipi)])).PageCount);

    [Fact]
    public void WithoutAPortThereIsNoPage()
    {
        var pattern = new EventArrayPattern(new PortTable(64, []));

        Assert.Equal(0, pattern.PageCount);
        Assert.False(pattern.Resembles(Page(0)));
    }

    [Fact]
    public void EachPageFitsItsOwnPlace()
    {
        var ports = new PortTable(
            2048,
            [
                .. Some.LinuxPorts().Bound,
                new EventChannelStatus(1050, ChannelState.Interdomain),
                new EventChannelStatus(1051, ChannelState.Ipi),
            ]);
        var pattern = new EventArrayPattern(ports);
        var first = Page(0, 0, 0, 0);
        var second = Page();
        Words(second)[26] = Words(second)[27] = 0;

        Assert.Equal((true, false), (pattern.Fits(first, 0), pattern.Fits(first, 1)));
        Assert.Equal((false, true), (pattern.Fits(second, 0), pattern.Fits(second, 1)));
        Assert.True(pattern.Resembles(first));
        Assert.True(pattern.Resembles(second));
    }

    [Fact]
    public void APageWithoutAClosedPortCannotBeRecognised()
    {
        var pattern = new EventArrayPattern(FullyBound());
        var page = new byte[4096];
        Words(page)[700] = 0xa000_0000;

        // If all ports are idle, the page is all zero, like any empty page.
        Assert.False(pattern.Fits(new byte[4096], 1));
        Assert.False(pattern.Resembles(new byte[4096]));
        Assert.False(pattern.Fits(page, 1));
        Assert.False(pattern.Resembles(page));
        Assert.True(pattern.Fits(Page(0, 0, 0), 0));
    }

    [Fact]
    public void OneClosedPortIsEnough()
    {
        // Port 0 alone, as in a guest with more than a thousand channels.
        var pattern = new EventArrayPattern(
            new PortTable(
                1024,
                [
                    .. Enumerable
                        .Range(1, 1023)
                        .Select(port => new EventChannelStatus((uint)port, port == 3 ? ChannelState.VirtualIrq : ChannelState.Interdomain)),
                ]));
        var page = new byte[4096];

        Assert.False(pattern.Fits(page, 0));
        Assert.False(pattern.Resembles(page));
        Words(page)[0] = Masked;
        Assert.True(pattern.Fits(page, 0));
        Assert.True(pattern.Resembles(page));
        Words(page)[700] = 0x0800_0000;
        Assert.False(pattern.Fits(page, 0));
    }

    [Fact]
    public void WhatFitsResembles()
    {
        var cases = Gen.Choose(0, int.MaxValue).Select(seed => new Random(seed)).Select(random =>
        {
            var ports = MakePorts(random);
            return (Ports: ports, Page: MakePage(random, ports));
        });
        var fitting = 0;
        Always.Holds(cases, pair =>
        {
            var pattern = new EventArrayPattern(pair.Ports);
            for (var index = 0; index < pattern.PageCount; index++)
            {
                if (!pattern.Fits(pair.Page, index)) continue;
                fitting++;
                Assert.True(pattern.Resembles(pair.Page));
            }
        }, cases: 500);
        Assert.InRange(fitting, 100, int.MaxValue);
    }

    private static void AssertFits(byte[] page, bool fits)
    {
        Assert.Equal(fits, s_linux.Fits(page, 0));
        Assert.Equal(fits, s_linux.Resembles(page));
    }

    // Words from port 1 on.
    private static byte[] Page(params ReadOnlySpan<uint> words)
    {
        var page = new byte[4096];
        SyntheticGuest.WriteArray(page, [0, .. words]);
        return page;
    }

    private static Span<uint> Words(byte[] page) => MemoryMarshal.Cast<byte, uint>(page.AsSpan());

    private static PortTable FullyBound() =>
        new(
            2048,
            [
                .. Some.LinuxPorts().Bound,
                .. Enumerable.Range(1024, 1024).Select(port => new EventChannelStatus((uint)port, ChannelState.Interdomain)),
            ]);

    // Few ports, nearly all, all of the second page, or anything between.
    private static PortTable MakePorts(Random random)
    {
        if (random.Next(5) == 0)
            return FullyBound();
        var share = random.Next(4) switch
        {
            0 => 0.01,
            1 => 0.5,
            2 => 0.995,
            _ => random.NextDouble(),
        };
        var states = new ChannelState?[]
        {
            ChannelState.Interdomain,
            ChannelState.Ipi,
            ChannelState.VirtualIrq,
            ChannelState.Unbound,
            null,
        };
        var bound = Enumerable
            .Range(1, 2047)
            .Where(_ => random.NextDouble() < share)
            .Select(port => new EventChannelStatus((uint)port, states[random.Next(5)]))
            .ToArray();
        return new PortTable(2048, bound);
    }

    private static byte[] MakePage(Random random, PortTable ports)
    {
        var page = new byte[4096];
        Words(page).Fill(Masked);
        var first = (uint)random.Next(2) * 1024;
        foreach (var port in ports.Bound)
        {
            if (port.Port >= first && port.Port < first + 1024)
                Words(page)[(int)(port.Port - first)] = random.Next(4) switch { 0 => 0xa000_0000, 1 => Masked, 2 => 0xf001_ffff, _ => 0 };
        }
        if (random.Next(8) == 0) Words(page)[random.Next(1024)] = (uint)random.NextInt64(1L << 32);
        return page;
    }
}
