using XenShared.Native.Tests.Fake;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Native.Tests.Boundary;

/// <summary>Checks that an error of one domain is reported once, and that the other domains are listed as usual.</summary>
public sealed class IsolationTests(FakeXenFixture fixture) : FakeXenTest(fixture)
{
    private const int SlotTime = 32;
    private const int WallClock = 3072;
    private const int P2mGeneration = 3128;

    /// <summary>Gets the errnos for the ports of domain 1 (PV) in the middle of a listing, each with the resulting error id.</summary>
    public static TheoryData<string, int, XenErrorId> PortFailures => new()
    {
        { "evtchn_status", Errno.EPERM, XenErrorId.XenAccessDenied },
        { "evtchn_status", Errno.ESRCH, XenErrorId.DomainVanished },
        { "evtchn_status", Errno.EFAULT, XenErrorId.NotSupportedByHost },
        { "evtchn_status", Errnos.EIO, XenErrorId.NotSupportedByHost },
    };

    public static TheoryData<int, XenErrorId> MapFailures => new()
    {
        { Errno.EPERM, XenErrorId.XenAccessDenied },
        { Errno.EACCES, XenErrorId.XenAccessDenied },
        { Errno.ESRCH, XenErrorId.DomainVanished },
        { Errno.ENOMEM, XenErrorId.NotSupportedByHost },
        { Errnos.EIO, XenErrorId.NotSupportedByHost },
    };

    [Theory, MemberData(nameof(PortFailures))]
    public void Channels_of_the_other_domains_are_listed(string call, int errno, XenErrorId id)
    {
        // The first multicall is domain 0's, with 128 entries; the next port that is read is domain 1's.
        var (channels, observer) = Channels(StandardHost.Create(), xen => xen.Apply($"fail {call} {errno} after 128 times 128"));

        Assert.Equal(
            [StandardHost.Control, StandardHost.Pv32, StandardHost.Pvh, StandardHost.Hvm],
            channels.Select(channel => channel.DomId).Distinct());
        var error = Assert.Single(observer.Errors);
        XenErrorAssert.Is(error, id, "EVTCHNOP_status", errno, StandardHost.Pv);
    }

    [Theory, MemberData(nameof(MapFailures))]
    public void Pages_of_the_other_domains_are_read(int errno, XenErrorId id)
    {
        var (pages, observer) = Pages(StandardHost.Create(), xen => xen.Apply($"fail xenforeignmemory_map {errno} after 1 times 1"));

        Assert.Equal([StandardHost.Control, StandardHost.Pv32, StandardHost.Pvh, StandardHost.Hvm], pages.Select(page => page.DomId));
        Assert.Equal([StandardHost.Pv, StandardHost.Starting], observer.Errors.Select(error => error.DomId!.Value));
        XenErrorAssert.Is(observer.Errors[0], id, "xenforeignmemory_map", errno, StandardHost.Pv);
        Assert.Equal(XenErrorId.SharedInfoNotMapped, observer.Errors[1].Id);
    }

    [Theory, MemberData(nameof(Errnos.Alone), MemberType = typeof(Errnos))]
    public void Channels_of_a_domain_whose_page_cannot_be_mapped_are_listed_without_their_state(int errno)
    {
        var (channels, observer) = Channels(StandardHost.Create(), xen => xen.Apply($"fail xenforeignmemory_map {errno} after 1 times 3"));

        var ofPv = channels.Where(channel => channel.DomId == StandardHost.Pv).ToArray();
        Assert.Equal(6, ofPv.Length);
        Assert.All(ofPv, channel => Assert.Equal((null, null), (channel.Pending, channel.Masked)));
        Assert.Single(observer.Warnings, warning => warning.DomId == StandardHost.Pv && warning.Id == XenErrorId.EventStateUnknown);
        Assert.Empty(observer.Errors);
    }

    [Fact]
    public void A_control_domain_that_cannot_map_its_own_page_reads_the_others()
    {
        // As a PVH control domain: the first page that is read is its own.
        var (pages, observer) = Pages(StandardHost.Create(), xen => xen.Apply($"fail map_frame {Errno.EINVAL} times 1"));

        Assert.Equal([StandardHost.Pv, StandardHost.Pv32, StandardHost.Pvh, StandardHost.Hvm], pages.Select(page => page.DomId));
        XenErrorAssert.Is(observer.Errors[0], XenErrorId.SharedInfoOfOwnDomain, "xenforeignmemory_map", Errno.EINVAL, StandardHost.Control);
    }

    [Fact]
    public void State_is_shown_where_it_is_known_and_only_there()
    {
        var (channels, observer) = Channels(StandardHost.Create(), _ => { });

        Assert.Equal([(StandardHost.Pv, 3u), (StandardHost.Pv32, 2u)],
            channels.Where(channel => channel.Pending == true).Select(channel => (channel.DomId, channel.Port)));
        Assert.Equal([(StandardHost.Pv, 4u), (StandardHost.Pv, 6u)],
            channels.Where(channel => channel.Masked == true).Select(channel => (channel.DomId, channel.Port)));
        Assert.Equal([StandardHost.Control, StandardHost.Pvh, StandardHost.Hvm], observer.Warnings.Select(warning => warning.DomId));
        Assert.Equal("vif0 queue 0 tx", channels.Single(channel => channel is { DomId: StandardHost.Pv, Port: 5 }).Device);
    }

    [Fact]
    public void A_domain_that_dies_while_its_channels_are_listed_does_not_stop_the_list()
    {
        var (channels, observer) = Channels(StandardHost.Create(), xen =>
            xen.Apply($"when xenforeignmemory_map 1 destroy {StandardHost.Pv}"));

        Assert.Equal(
            [StandardHost.Control, StandardHost.Pv32, StandardHost.Pvh, StandardHost.Hvm],
            channels.Select(channel => channel.DomId).Distinct());
        Assert.Equal((XenErrorId.DomainVanished, StandardHost.Pv), (observer.Errors.Single().Id, observer.Errors.Single().DomId));
    }

    [Fact]
    public void A_clock_that_is_held_odd_is_left_out_and_the_rest_delivered()
    {
        var (pages, observer) = Pages(StandardHost.Create(), xen => xen.Apply($"domain {StandardHost.Pv};mutate {SlotTime} stuck"));

        var page = pages.Single(info => info.DomId == StandardHost.Pv);
        Assert.Equal(["vCPU 0 time"], page.Unstable);
        Assert.Null(page.Vcpu[0].Time);
        Assert.Equal(2_500_000_000ul, page.Vcpu[1].Time!.SystemTimeNanoseconds);
        Assert.Equal(FakePage.XenStart.AddTicks(1_234_567), page.WallClock!.Time);
        Assert.Equal([3u], page.PendingPort!);
        Assert.Equal(5, pages.Count);
        var error = observer.Errors.First(one => one.DomId == StandardHost.Pv);
        Assert.Equal(XenErrorId.SharedInfoUnstable, error.Id);
    }

    [Theory]
    [InlineData(WallClock)]
    [InlineData(P2mGeneration)]
    public void Every_counter_that_is_held_odd_costs_its_own_part_only(int counter)
    {
        var (pages, observer) = Pages(StandardHost.Create(), xen => xen.Apply($"domain {StandardHost.Pv};mutate {counter} stuck"));

        var page = pages.Single(info => info.DomId == StandardHost.Pv);
        Assert.Equal(counter == WallClock, page.WallClock is null);
        Assert.Equal(counter == P2mGeneration, page.Arch!.P2mGeneration is null);
        Assert.Equal(0x8000ul, page.Arch.MaxPfn);
        Assert.Equal(2_000_000_000ul, page.Vcpu[0].Time!.SystemTimeNanoseconds);
        Assert.Single(observer.Errors, error => error.Id == XenErrorId.SharedInfoUnstable && error.DomId == StandardHost.Pv);
        Assert.Equal(5, pages.Count);
    }

    [Fact]
    public void A_selected_domain_that_does_not_exist_is_an_error_beside_the_others()
    {
        Boot(StandardHost.Create());
        var observer = new RecordingObserver();
        using var target = LocalTarget.Open();
        var domains = new DomainQuery(target, observer)
            .Run(new DomainSelection { DomIds = [StandardHost.Pv, 3, StandardHost.Pvh] })
            .ToArray();

        Assert.Equal([StandardHost.Pv, StandardHost.Pvh], domains.Select(domain => domain.DomId));
        XenErrorAssert.Is(Assert.Single(observer.Errors), XenErrorId.DomainNotFound, null, null, 3);
    }

    private (IReadOnlyList<XenEventChannel> Channels, RecordingObserver Observer) Channels(FakeHost host, Action<FakeXen> breakIt)
    {
        var observer = new RecordingObserver();
        return (Look(host, breakIt, target => new EventChannelQuery(target, observer).Run(DomainSelection.All).ToArray()), observer);
    }

    private (IReadOnlyList<XenSharedInfo> Pages, RecordingObserver Observer) Pages(FakeHost host, Action<FakeXen> breakIt)
    {
        var observer = new RecordingObserver();
        return (Look(host, breakIt, target => new SharedInfoQuery(target, observer).Run(DomainSelection.All).ToArray()), observer);
    }
}
