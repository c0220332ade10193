using XenShared.Hypervisor;
using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Boundary;

/// <summary>Tests <c>EVTCHNOP_status</c>, by multicall and by single calls.</summary>
public sealed class PortTests(FakeXenFixture fixture) : FakeXenTest(fixture)
{
    private const string Operation = "EVTCHNOP_status";
    private const string OneByOne = "xc_evtchn_status";

    /// <summary>Gets each errno of the first port with the resulting error id of the domain. (EINVAL is the end of the ports.)</summary>
    public static TheoryData<string, int, XenErrorId> Errors => ErrorsBut(Errno.EINVAL);

    /// <summary>Gets each errno of a later port with the resulting error id. There, EACCES hides a port that Xen consumes.</summary>
    public static TheoryData<string, int, XenErrorId> LaterErrors => ErrorsBut(Errno.EINVAL, Errno.EACCES);

    public static TheoryData<int> Minors =>
        new(Enumerable.Range(FakeXenBuild.OldestMinor, FakeXenBuild.NewestMinor - FakeXenBuild.OldestMinor + 1));

    [Theory, MemberData(nameof(Errors))]
    public void Ports_that_Xen_does_not_report_fail_for_the_domain(string call, int errno, XenErrorId id)
    {
        var error = Look(StandardHost.Create(), xen => Break(xen, call, errno, afterCalls: 0),
            target => Assert.Throws<XenException>(() => target.ReadPorts(StandardHost.Pv)));

        XenErrorAssert.Is(error, id, Operation, errno, StandardHost.Pv);
    }

    [Theory, MemberData(nameof(LaterErrors))]
    public void A_port_that_Xen_does_not_report_is_named(string call, int errno, XenErrorId id)
    {
        var error = Look(StandardHost.Create(), xen => Break(xen, call, errno, afterCalls: 5),
            target => Assert.Throws<XenException>(() => target.ReadPorts(StandardHost.Pv)));

        XenErrorAssert.Is(error, id, Operation, errno, StandardHost.Pv);
        Assert.Equal(errno == Errno.ESRCH ? null : 5u, error.Port);
    }

    [Theory, MemberData(nameof(Errnos.Alone), MemberType = typeof(Errnos))]
    public void If_the_multicall_is_refused_each_port_is_read_separately(int errno)
    {
        var ports = Look(StandardHost.Create(), xen => xen.Fail("multicall", errno), target => target.ReadPorts(StandardHost.Pv));

        AssertPvPorts(ports);
        Assert.InRange(Xen.Calls(OneByOne), 65, 130);
    }

    [Fact]
    public void Every_kind_of_port_is_read()
    {
        var ports = Look(StandardHost.Create(), target => target.ReadPorts(StandardHost.Pv));

        AssertPvPorts(ports);
        Assert.Equal(0, Xen.Calls(OneByOne));
    }

    [Fact]
    public void Both_ways_read_the_same()
    {
        var batched = Look(StandardHost.Create(), target => StandardHost.DomIds.Select(target.ReadPorts).ToArray());
        var single = Look(
            StandardHost.Create(),
            xen => xen.Fail("multicall", Errno.ENOSYS),
            target => StandardHost.DomIds.Select(target.ReadPorts).ToArray());

        Assert.Equal(batched.Select(table => table.ValidPorts), single.Select(table => table.ValidPorts));
        Assert.Equal(batched.Select(table => table.Bound), single.Select(table => table.Bound));
    }

    [Fact]
    public void Nothing_of_one_domains_ports_shows_in_anothers()
    {
        // The buffer is used again: what an answer has no field for must not come from the answer before.
        var host = new FakeHost()
            .Domain(1, "blocked", null).Line($"port 1 interdomain 77 88 vcpu 3").Line($"port 2 virq 9")
            .Domain(2, "blocked", null).Line($"port 1 unbound 0").Line($"port 2 ipi").Line($"port 3 virq 0");
        var ports = Look(host, target => (target.ReadPorts(1), target.ReadPorts(2)).Item2);

        Assert.Equal(
            [
                new EventChannelStatus(1, ChannelState.Unbound, RemoteDomId: 0),
                new EventChannelStatus(2, ChannelState.Ipi),
                new EventChannelStatus(3, ChannelState.VirtualIrq, Irq: 0),
            ],
            ports.Bound);
    }

    [Theory, MemberData(nameof(Minors))]
    public void A_port_that_Xen_consumes_stops_nothing(int minor)
    {
        var hidden = minor is >= 15 and <= 18;
        var ports = Look(StandardHost.Create(minor).Line($"library {minor}"), target => target.ReadPorts(StandardHost.Hvm));

        Assert.Equal([1u, 3u, 4u], ports.Bound.Select(port => port.Port));
        Assert.All(ports.Bound.Skip(1), port => Assert.Equal(hidden ? null : ChannelState.Unbound, port.State));
        Assert.Equal(64u, ports.ValidPorts);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(128)]
    [InlineData(192)]
    [InlineData(1024)]
    [InlineData(1088)]
    [InlineData(1152)]
    [InlineData(1216)]
    [InlineData(2176)]
    [InlineData(4096)]
    public void The_ports_end_where_Xen_reports_the_end(uint valid)
    {
        var host = new FakeHost().Domain(3, "running", null).Line($"ports {valid}").Line($"port {valid - 1} virq 1");
        var ports = Look(host, target => target.ReadPorts(3));

        Assert.Equal(valid, ports.ValidPorts);
        Assert.Equal([valid - 1], ports.Bound.Select(port => port.Port));
    }

    [Fact]
    public void Many_ports_are_read_in_few_hypercalls()
    {
        var ports = Look(Crowded(4096), target => target.ReadPorts(3));

        Assert.Equal(4095, ports.Bound.Count);
        Assert.InRange(Xen.Calls("multicall"), 4, 6);
        Assert.InRange(Xen.Counters.LargestMulticall, 1ul, 1024ul);
        Assert.Equal(0, Xen.Calls(OneByOne));
        // Not many more than there are.
        Assert.InRange(Xen.Counters.MulticallEntries, 4097ul, 4096ul + 1024ul);
    }

    [Fact]
    public void The_limit_of_FIFO_channels_ends_the_question()
    {
        var ports = Look(Crowded(131072), target => target.ReadPorts(3));

        Assert.Equal(131072u, ports.ValidPorts);
        Assert.Equal(131071, ports.Bound.Count);
        Assert.Equal(131071u, ports.Bound[^1].Port);
        Assert.InRange(Xen.Calls("multicall"), 128, 130);
    }

    [Fact]
    public void A_typical_guest_costs_one_hypercall()
    {
        _ = Look(StandardHost.Create(), target => target.ReadPorts(StandardHost.Pv));

        Assert.Equal(1, Xen.Calls("multicall"));
    }

    [Fact]
    public void A_dying_domain_whose_ports_are_gone_has_none()
    {
        // evtchn_destroy takes all ports away while the domain is still listed; then port 0 gives EINVAL.
        var host = new FakeHost().Domain(4, "dying", null).Line($"ports 0");
        var ports = Look(host, target => target.ReadPorts(4));

        Assert.Equal(0u, ports.ValidPorts);
        Assert.Empty(ports.Bound);
    }

    [Fact]
    public void Ports_that_go_away_while_they_are_read_end_there()
    {
        var ports = Look(Crowded(4096), xen => xen.Apply("when multicall 2 domain 3;ports 0"), target => target.ReadPorts(3));

        Assert.InRange(ports.ValidPorts, 1u, 2048u);
        Assert.All(ports.Bound, port => Assert.True(port.Port < ports.ValidPorts));
    }

    [Fact]
    public void A_domain_that_goes_away_between_two_batches_is_named_as_vanished()
    {
        var error = Look(
            Crowded(4096),
            xen => xen.Apply("when multicall 2 destroy 3"),
            target => Assert.Throws<XenException>(() => target.ReadPorts(3)));

        XenErrorAssert.Is(error, XenErrorId.DomainVanished, Operation, Errno.ESRCH, 3);
    }

    private static TheoryData<string, int, XenErrorId> ErrorsBut(params int[] left)
    {
        var data = new TheoryData<string, int, XenErrorId>();
        foreach (var call in new[] { "evtchn_status", OneByOne })
        {
            foreach (var errno in Errnos.All.Except(left))
            {
                data.Add(call, errno, errno switch
                {
                    Errno.EPERM or Errno.EACCES => XenErrorId.XenAccessDenied,
                    Errno.ESRCH => XenErrorId.DomainVanished,
                    _ => XenErrorId.NotSupportedByHost,
                });
            }
        }
        return data;
    }

    private static FakeHost Crowded(uint valid)
    {
        var host = new FakeHost().Domain(3, "running", null).Line($"ports {valid}");
        for (uint port = 1; port < valid; port++) host.Line($"port {port} interdomain 0 {port}");
        return host;
    }

    // The way one by one is taken only when the multicall is refused.
    private static void Break(FakeXen xen, string call, int errno, int afterCalls)
    {
        if (call == OneByOne) xen.Fail("multicall", Errno.EPERM);
        xen.Fail(call, errno, afterCalls);
    }

    private static void AssertPvPorts(PortTable ports)
    {
        Assert.Equal(64u, ports.ValidPorts);
        Assert.Equal(
            [
                new EventChannelStatus(1, ChannelState.Interdomain, RemoteDomId: 0, RemotePort: 20),
                new EventChannelStatus(2, ChannelState.Interdomain, RemoteDomId: 0, RemotePort: 21),
                new EventChannelStatus(3, ChannelState.VirtualIrq, Irq: 0),
                new EventChannelStatus(4, ChannelState.Ipi, Vcpu: 1),
                new EventChannelStatus(5, ChannelState.Unbound, RemoteDomId: 0),
                new EventChannelStatus(6, ChannelState.PhysicalIrq, Vcpu: 1, Irq: 9),
            ],
            ports.Bound);
    }
}
