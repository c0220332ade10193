namespace XenShared.Xen.Tests.Oracles;

/// <summary>Tests the reader of debug key 'e'. Needs no Xen.</summary>
public sealed class DebugKeyEventsTests
{
    private const string Dump = """
        (XEN) 'e' pressed -> dumping event-channel info
        (XEN) Event channel information for domain 0:
        (XEN) Polling vCPUs: {0-1,3}
        (XEN)     port [p/m/s]
        (XEN)        1 [0/0/  -   ]: s=5 n=0 x=0 v=0
        (XEN)        2 [1/1/B 12  ]: s=6 n=1 x=0
        (XEN)        3 [0/1/?     ]: s=2 n=0 x=1 d=0
        (XEN)       15 [0/0/  131071]: s=4 n=1 x=0 p=9 i=24
        (XEN) Event channel information for domain 5:
        (XEN) Polling vCPUs: {}
        (XEN)     port [p/m/s]
        (XEN)        1 [0/0/1]: s=3 n=0 x=0 d=0 p=43
        (XEN)        4 [1/1/0]: s=6 n=0 x=0 Z=system_u:system_r:domU_t
        """;

    [Fact]
    public void Every_part_of_a_line_is_read()
    {
        var events = DebugKeyEvents.Parse(Dump);

        Assert.Equal([(ushort)0, (ushort)5], events.Domains);
        Assert.Equal([1u, 2u, 3u, 15u], events.Ports(0).Select(port => port.Port));
        Assert.Equal((true, true, 6, 1, 0), Shape(events.Port(0, 2)!));
        Assert.Equal((false, true, 2, 0, 1), Shape(events.Port(0, 3)!));
        Assert.Equal([('p', 9u), ('i', 24u)], events.Port(0, 15)!.Details.Select(pair => (pair.Key, pair.Value)));
        Assert.Equal([('d', 0u), ('p', 43u)], events.Port(5, 1)!.Details.Select(pair => (pair.Key, pair.Value)));
        Assert.True(events.Port(0, 1)!.IsTimer);
        Assert.False(events.Port(0, 15)!.IsTimer);
        Assert.True(events.Port(5, 4)!.IsIpi);
        Assert.Null(events.Port(5, 9));
        Assert.Null(events.Port(9, 1));
    }

    [Fact]
    public void The_third_field_shows_the_ABI()
    {
        var events = DebugKeyEvents.Parse(Dump);

        Assert.Equal(EventAbi.Fifo, events.Abi(0));
        Assert.Equal(EventAbi.TwoLevel, events.Abi(5));
        Assert.Null(events.Abi(9));
    }

    [Theory]
    [InlineData("[2026-11-22 12:00:01] ")]
    [InlineData("[2026-11-22 12:00:01.123] ")]
    [InlineData("[  12.345678] ")]
    public void Timestamps_do_not_matter(string stamp)
    {
        var events = DebugKeyEvents.Parse(Dump.Replace("(XEN) ", "(XEN) " + stamp, StringComparison.Ordinal));

        Assert.Equal(6, events.Ports(0).Count + events.Ports(5).Count);
    }

    [Fact]
    public void Lines_of_others_between_and_within_are_left_out()
    {
        var events = DebugKeyEvents.Parse("""
            (d3) Event channel information for domain 3:
            (XEN)        1 [1/1/1]: s=3 n=0 x=0 d=0 p=43
            (XEN) Event channel information for domain 5:
            (d5) something that the guest printed [1/1/1]: s=3 n=0 x=0
            (XEN)        1 [0/0/1]: s=3 n=0 (XEN) d5v0 Over-allocation
            (XEN)        2 [1/0/1]: s=3 n=0 x=0 d=0 p=44
            (XEN)        3 [1/0/
            """);

        Assert.Equal([(ushort)5], events.Domains);
        Assert.Equal([2u], events.Ports(5).Select(port => port.Port));
    }

    [Fact]
    public void Of_two_dumps_the_last_one_counts()
    {
        var events = DebugKeyEvents.Parse(Dump + """

            (XEN) 'e' pressed -> dumping event-channel info
            (XEN) Event channel information for domain 5:
            (XEN)        1 [1/0/1]: s=3 n=0 x=0 d=0 p=43
            """);

        Assert.Equal([(ushort)5], events.Domains);
        Assert.True(Assert.Single(events.Ports(5)).Pending);
    }

    private static (bool Pending, bool Masked, int State, int Vcpu, int Consumer) Shape(DebugKeyPort port) =>
        (port.Pending, port.Masked, port.State, port.Vcpu, port.Consumer);
}
