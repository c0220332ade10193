using XenShared.Files.DebugKeys;
using XenShared.Hypervisor;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files.DebugKeys;

/// <summary>Tests reading the output of debug key <c>e</c>, line by line.</summary>
public sealed class HypervisorChannelsTests
{
    private const string Announcement = "(XEN) 'e' pressed -> dumping event-channel info\n";

    private const string Dump = Announcement + """
        (XEN) Event channel information for domain 0:
        (XEN) Polling vCPUs: {0-1,3}
        (XEN)     port [p/m/s]
        (XEN)        1 [0/0/  -   ]: s=5 n=0 x=0 v=0
        (XEN)        2 [1/1/B 12  ]: s=6 n=1 x=0
        (XEN)        3 [1/0/  0   ]: s=3 n=2 x=0 d=5 p=43
        (XEN)        4 [0/0/B -   ]: s=2 n=0 x=0 d=0
        (XEN)       15 [0/1/  131071]: s=4 n=1 x=0 p=9 i=-1
        (XEN)     1024 [0/1/?     ]: s=3 n=0 x=0 d=5 p=44
        (XEN) Event channel information for domain 5:
        (XEN) Polling vCPUs: {}
        (XEN)     port [p/m/s]
        (XEN)        1 [0/0/1]: s=3 n=0 x=0 d=0 p=43
        (XEN)        3 [0/1/0]: s=3 n=0 x=1 d=0 p=45
        (XEN)        4 [1/1/0]: s=6 n=0 x=0 Z=system_u:system_r:domU_t
        (XEN) Event channel information for domain 7:
        (XEN) Polling vCPUs: {}
        (XEN)     port [p/m/s]

        """;

    public static TheoryData<string> Stamps =>
        new("", "[2026-11-22 12:00:01] ", "[2026-11-22 12:00:01.123] ", "[   12.345678] ", "[123456.345678] ", "[0000001f3c4b5a69] ");

    [Fact]
    public void Every_part_of_a_line_is_read()
    {
        var ports = Read(Dump).Domains[0].Ports;

        Assert.Equal([1u, 2u, 3u, 4u, 15u, 1024u], ports.Keys);
        Assert.Equal(
            new HypervisorPort(1, ChannelState.VirtualIrq, 0, false, EventAbi.Fifo, false, false, false, false, null) { Irq = 0 },
            ports[1]);
        Assert.Equal(new HypervisorPort(2, ChannelState.Ipi, 1, false, EventAbi.Fifo, true, true, true, true, null), ports[2]);
        Assert.Equal(
            new HypervisorPort(4, ChannelState.Unbound, 0, false, EventAbi.Fifo, false, false, false, true, null) { RemoteDomId = 0 },
            ports[4]);
        Assert.Equal(
            new HypervisorPort(15, ChannelState.PhysicalIrq, 1, false, EventAbi.Fifo, false, true, true, false, null) { Irq = 9 },
            ports[15]);
    }

    [Fact]
    public void The_last_event_of_a_queue_is_linked_though_its_link_is_zero() =>
        Assert.Equal(
            new HypervisorPort(3, ChannelState.Interdomain, 2, false, EventAbi.Fifo, true, false, true, false, null)
            {
                RemoteDomId = 5,
                RemotePort = 43,
            },
            Read(Dump).Domains[0].Ports[3]);

    [Fact]
    public void Of_a_port_without_an_event_word_nothing_is_known()
    {
        // Xen prints 0/1 whatever the queue contains.
        var port = Read(Dump).Domains[0].Ports[1024];

        Assert.Equal((EventAbi.Fifo, null, null, null, null), (port.Abi, port.Pending, port.Masked, port.Linked, port.Busy));
        Assert.Contains("event array", port.WhyUnknown, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_port_that_Xen_consumes_pending_and_masked_are_not_known()
    {
        var port = Read(Dump).Domains[5].Ports[3];

        Assert.True(port.IsConsumedByXen);
        Assert.Equal((null, null), (port.Pending, port.Masked));
        Assert.Contains("consumes", port.WhyUnknown, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_level_channels_have_no_queues()
    {
        var domain = Read(Dump).Domains[5];

        Assert.Equal(EventAbi.TwoLevel, domain.Abi);
        Assert.Equal(
            new HypervisorPort(4, ChannelState.Ipi, 0, false, EventAbi.TwoLevel, true, true, null, null, null) { InSelector = false },
            domain.Ports[4]);
        Assert.True(domain.Ports[1].InSelector);
    }

    [Fact]
    public void A_complete_dump_shows_which_ports_do_not_exist()
    {
        var channels = Read(Dump);

        Assert.True(channels.HasAllDomains);
        Assert.Equal([(ushort)0, (ushort)5, (ushort)7], channels.Domains.Keys);
        Assert.All(channels.Domains.Values, domain => Assert.True(domain.IsComplete));
        Assert.Equal((EventAbi.Unknown, 0), (channels.Domains[7].Abi, channels.Domains[7].Ports.Count));
    }

    [Theory, MemberData(nameof(Stamps))]
    public void Timestamps_do_not_matter(string stamp)
    {
        var stamped = Read(Dump.Replace("(XEN) ", "(XEN) " + stamp, StringComparison.Ordinal));

        AssertSame(Read(Dump), stamped);
    }

    [Fact]
    public void Lines_that_came_over_a_serial_line_are_read_too() =>
        AssertSame(Read(Dump), Read(Dump.Replace("\n", "\r\n", StringComparison.Ordinal)));

    [Fact]
    public void Lines_of_others_are_passed_over()
    {
        var noisy = Dump.Replace(
            "(XEN)        2 ",
            "(d5) (XEN) looks like it: 9\n(XEN) d5v0 Over-allocation for domain 5\nlogin: \n(XEN)        2 ",
            StringComparison.Ordinal);

        AssertSame(Read(Dump), Read("(d9) noise from before\n" + noisy));
    }

    [Theory]
    [InlineData("(XEN)        2 [1/1/(d5) [1/1/1]: s=6 n=1 x=0\nB 12  ]: s=6 n=1 x=0\n")]
    [InlineData("(XEN)        2 [1/1/B 12  (XEN) d5v0 x\n]: s=6 n=1 x=0\n")]
    [InlineData("(XEN)        2 [1/1/B 12  ]: s=6 n=1 x=0(XEN) d5v0 x\n")]
    [InlineData("(XEN) d5v0 (XEN)        2 [1/1/B 12  ]: s=6 n=1 x=0\n")]
    [InlineData("(XEN)        2 [1/1/B 12  ]: s=5 n=1 x=0\n v=3\n")]
    [InlineData("(XEN)        2 [1/1/B 12  ]: s=3 n=1 x=0 d=7\n")]
    [InlineData("(XEN)        2 [1/1/B 12]: s=6 n=1 x=0\n")]
    [InlineData("(XEN)        2 [2/1/B 12  ]: s=6 n=1 x=0\n")]
    [InlineData("(XEN)        2 [1/1/B 12  ]: s=7 n=1 x=0\n")]
    public void A_line_that_is_torn_is_left_out_and_missed(string torn)
    {
        var whole = Read(Dump);
        var channels = Read(Dump.Replace("(XEN)        2 [1/1/B 12  ]: s=6 n=1 x=0\n", torn, StringComparison.Ordinal));

        Assert.False(channels.Domains[0].IsComplete);
        Assert.Equal(whole.Domains[0].Ports.Values.Where(port => port.Port != 2), channels.Domains[0].Ports.Values);
        AssertSame(whole.Domains[5], channels.Domains[5]);
        Assert.True(channels.HasAllDomains);
    }

    [Theory]
    [InlineData("(XEN) Event channel inform\n(XEN) Polling vCPUs: {}\n(XEN)     port [p/m/s]\n")]
    [InlineData("(XEN) Event channel information for domain (XEN) d5v0 x\n")]
    [InlineData("")]
    public void Ports_without_their_heading_have_no_owner(string heading)
    {
        var channels = Read(
            Dump.Replace(
                "(XEN) Event channel information for domain 5:\n(XEN) Polling vCPUs: {}\n(XEN)     port [p/m/s]\n",
                heading,
                StringComparison.Ordinal));

        Assert.False(channels.HasAllDomains);
        Assert.Equal([(ushort)0, (ushort)7], channels.Domains.Keys);
        Assert.False(channels.Domains[0].IsComplete);
        Assert.True(channels.Domains[7].IsComplete);
        Assert.DoesNotContain(channels.Domains[0].Ports.Values, port => port.Abi == EventAbi.TwoLevel);
    }

    [Fact]
    public void A_text_whose_beginning_is_lost_has_its_later_domains_only()
    {
        var whole = Read(Dump);
        for (var cut = 1; cut < Dump.Length; cut++)
        {
            var channels = Read(Dump[cut..], isCutOff: true);

            // The first line may be the rest of any other line.
            var rest = Dump[cut..];
            rest = rest[(rest.IndexOf('\n') + 1)..];
            Assert.False(channels.HasAllDomains);
            Assert.Equal(
                whole.Domains.Keys.Where(domId =>
                    rest.Contains($"(XEN) Event channel information for domain {domId}:\n", StringComparison.Ordinal)),
                channels.Domains.Keys);
            Assert.All(channels.Domains.Values, domain => AssertSame(whole.Domains[domain.DomId], domain));
        }
    }

    [Fact]
    public void What_was_lost_before_the_dump_does_not_matter() => AssertSame(Read(Dump), Read("lost beginning\n" + Dump, isCutOff: true));

    [Fact]
    public void Of_several_dumps_the_last_one_counts()
    {
        var channels = Read(Dump.Replace("[0/0/1]", "[1/0/1]", StringComparison.Ordinal) + "(XEN) something\n" + Dump);

        AssertSame(Read(Dump), channels);
    }

    [Fact]
    public void Two_interleaved_dumps_are_no_evidence()
    {
        var second = Dump[Announcement.Length..];
        var channels = Read(Dump + second);

        Assert.False(channels.HasAllDomains);
        Assert.Empty(channels.Domains);
    }

    [Fact]
    public void No_beginning_of_a_dump_has_a_port_that_the_dump_has_not()
    {
        var whole = Read(Dump);
        for (var length = 0; length <= Dump.Length; length++)
        {
            var channels = Read(Dump[..length]);
            foreach (var domain in channels.Domains.Values)
                Assert.All(domain.Ports.Values, port => Assert.Equal(whole.Domains[domain.DomId].Ports[port.Port], port));
            // A text that ends within a line is truncated.
            if (length > 0 && Dump[length - 1] != '\n') Assert.False(channels.HasAllDomains);
        }
    }

    private static HypervisorChannels Read(string text, bool isCutOff = false) =>
        HypervisorChannels.Parse(new DebugKeyDump(Some.Start, text, isCutOff));

    private static void AssertSame(HypervisorChannels expected, HypervisorChannels actual)
    {
        Assert.Equal(expected.HasAllDomains, actual.HasAllDomains);
        Assert.Equal(expected.Domains.Keys, actual.Domains.Keys);
        Assert.All(expected.Domains.Values, domain => AssertSame(domain, actual.Domains[domain.DomId]));
    }

    private static void AssertSame(HypervisorDomain expected, HypervisorDomain actual)
    {
        Assert.Equal((expected.DomId, expected.Abi, expected.IsComplete), (actual.DomId, actual.Abi, actual.IsComplete));
        Assert.Equal(expected.Ports.Values, actual.Ports.Values);
    }
}
