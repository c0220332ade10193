using XenShared.Hypervisor;
using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Boundary;

/// <summary>Tests <c>xc_domain_getinfolist</c>, <c>xc_domain_get_guest_width</c> and <c>xc_vcpu_getinfo</c>.</summary>
public sealed class DomainTests(FakeXenFixture fixture) : FakeXenTest(fixture)
{
    private const string ListCall = "xc_domain_getinfolist";

    public static TheoryData<int, XenErrorId> ListErrors => Errnos.With(errno => errno switch
    {
        Errno.EPERM or Errno.EACCES => XenErrorId.XenAccessDenied,
        _ => XenErrorId.NotSupportedByHost,
    });

    /// <summary>Gets the minor version of every Xen. The layout of some records differs between them.</summary>
    public static TheoryData<int> Minors =>
        new(Enumerable.Range(FakeXenBuild.OldestMinor, FakeXenBuild.NewestMinor - FakeXenBuild.OldestMinor + 1));

    [Theory, MemberData(nameof(ListErrors))]
    public void Listing_fails_with_the_calls_errno(int errno, XenErrorId id)
    {
        var error = Look(
            StandardHost.Create(),
            xen => xen.Fail(ListCall, errno),
            target => Assert.Throws<XenException>(() => target.ReadDomains().ToArray()));

        XenErrorAssert.Is(error, id, ListCall, errno);
    }

    [Theory, MemberData(nameof(ListErrors))]
    public void Listing_that_fails_on_the_way_gives_what_came_before(int errno, XenErrorId id)
    {
        var domIds = new List<ushort>();
        var error = Look(StandardHost.Create(), xen => xen.Fail(ListCall, errno, afterCalls: 3), target => Assert.Throws<XenException>(() =>
        {
            foreach (var domain in target.ReadDomains()) domIds.Add(domain.DomId);
        }));

        XenErrorAssert.Is(error, id, ListCall, errno);
        Assert.Equal(StandardHost.DomIds.Take(3), domIds);
    }

    [Theory, MemberData(nameof(ListErrors))]
    public void Reading_one_domain_names_it_in_the_error(int errno, XenErrorId id)
    {
        // ESRCH about one domain means that it has ended.
        id = errno == Errno.ESRCH ? XenErrorId.DomainVanished : id;
        var error = Look(
            StandardHost.Create(),
            xen => xen.Fail(ListCall, errno),
            target => Assert.Throws<XenException>(() => target.ReadDomain(StandardHost.Pvh)));

        XenErrorAssert.Is(error, id, ListCall, errno, StandardHost.Pvh);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(10)]
    [InlineData(0x7ff0)]
    [InlineData(0xffff)]
    public void A_number_that_no_domain_has_is_not_another_domain(int domId)
    {
        var error = Look(StandardHost.Create(), target => Assert.Throws<XenException>(() => target.ReadDomain((ushort)domId)));

        XenErrorAssert.Is(error, XenErrorId.DomainNotFound, null, null, (ushort)domId);
    }

    [Fact]
    public void A_domain_that_goes_away_while_others_are_listed_is_left_out()
    {
        var domIds = Look(StandardHost.Create(), xen => xen.Apply($"when {ListCall} 3 destroy {StandardHost.Pvh}"),
            target => target.ReadDomains().Select(domain => domain.DomId).ToArray());

        Assert.Equal(StandardHost.DomIds.Where(domId => domId != StandardHost.Pvh), domIds);
    }

    [Fact]
    public void A_domain_that_is_listed_and_then_goes_away_does_not_stop_the_list()
    {
        // Between the list and the question for its width.
        var domains = Look(StandardHost.Create(), xen => xen.Apply($"when xc_domain_get_guest_width 1 destroy {StandardHost.Pv}"),
            target => target.ReadDomains().ToArray());

        Assert.Equal(StandardHost.DomIds, domains.Select(domain => domain.DomId));
        Assert.Null(domains[1].PvWidth);
    }

    [Fact]
    public void A_domain_that_comes_while_others_are_listed_is_listed_once()
    {
        var domIds = Look(StandardHost.Create(), xen => xen.Apply($"when {ListCall} 2 domain 3;online 1;max_vcpu 0"),
            target => target.ReadDomains().Select(domain => domain.DomId).ToArray());

        Assert.Equal([0, 1, 2, 3, 5, 7, 9], domIds);
    }

    [Theory, MemberData(nameof(Errnos.Alone), MemberType = typeof(Errnos))]
    public void A_width_that_Xen_does_not_report_is_not_known(int errno)
    {
        var domains = Look(
            StandardHost.Create(),
            xen => xen.Fail("xc_domain_get_guest_width", errno),
            target => target.ReadDomains().ToArray());

        Assert.Equal(StandardHost.DomIds, domains.Select(domain => domain.DomId));
        Assert.All(domains, domain => Assert.Null(domain.PvWidth));
    }

    [Theory, MemberData(nameof(Errnos.Alone), MemberType = typeof(Errnos))]
    public void Run_times_that_Xen_does_not_report_are_left_out(int errno)
    {
        var sample = Look(StandardHost.Create(), xen => xen.Fail("xc_vcpu_getinfo", errno), target => target.ReadSample(StandardHost.Pv));

        Assert.Empty(sample.Vcpus);
        Assert.Equal(StandardHost.PvFrame, sample.Frame);
    }

    [Fact]
    public void A_vcpu_that_does_not_exist_is_left_out_and_the_next_ones_follow()
    {
        var host = StandardHost
            .Create()
            .Line($"domain {StandardHost.Pv}")
            .Line($"max_vcpu 3")
            .Line($"vcpu 2 absent")
            .Line($"vcpu 3 offline idle 5 0");
        var vcpus = Look(host, target => target.ReadSample(StandardHost.Pv).Vcpus);

        Assert.Equal(
            [
                new VcpuRunState(0, true, true, false, 1_000_000_000),
                new VcpuRunState(1, true, true, false, 500_000_000),
                new VcpuRunState(3, false, false, false, 5),
            ],
            vcpus);
    }

    [Theory, MemberData(nameof(Minors))]
    public void Every_version_of_the_record_is_read_alike(int minor)
    {
        var domains = Look(StandardHost.Create(minor).Line($"library {minor}"), target => target.ReadDomains().ToArray());

        Assert.Equal(StandardHost.DomIds, domains.Select(domain => domain.DomId));
        Assert.Equal(
            new DomainInfo
            {
                DomId = StandardHost.Pv,
                Uuid = new Guid("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"),
                Type = DomainType.PV,
                State = DomainState.Blocked,
                PvWidth = 64,
                SharedInfoFrame = StandardHost.PvFrame,
                CpuTimeNanoseconds = 1_500_000_000,
                TotalPages = 32768,
                OnlineVcpus = 2,
                MaxVcpuId = 1,
            },
            domains[1]);
        Assert.Equal(32, domains[2].PvWidth);
        Assert.Equal(minor < 10 ? null : DomainType.PVH, domains[3].Type);
        Assert.Equal(minor < 10 ? null : DomainType.HVM, domains[4].Type);
        Assert.Null(domains[3].PvWidth);
        Assert.Null(domains[4].PvWidth);
        Assert.Equal((DomainState.Paused, null, 0), (domains[5].State, domains[5].SharedInfoFrame, domains[5].MaxVcpuId));
    }

    [Theory]
    [InlineData("dying paused", DomainState.Dying, null)]
    [InlineData("dying shutdown=3", DomainState.Dying, ShutdownReason.Crash)]
    [InlineData("shutdown=0", DomainState.Shutdown, ShutdownReason.Poweroff)]
    [InlineData("shutdown=1", DomainState.Shutdown, ShutdownReason.Reboot)]
    [InlineData("shutdown=2 paused", DomainState.Suspended, ShutdownReason.Suspend)]
    [InlineData("shutdown=3", DomainState.Crashed, ShutdownReason.Crash)]
    [InlineData("shutdown=4", DomainState.Crashed, ShutdownReason.Watchdog)]
    [InlineData("paused blocked", DomainState.Paused, null)]
    [InlineData("shutdown=5", DomainState.Shutdown, ShutdownReason.SoftReset)]
    [InlineData("shutdown=9", DomainState.Shutdown, null)]
    [InlineData("running", DomainState.Running, null)]
    [InlineData("blocked", DomainState.Blocked, null)]
    [InlineData("", DomainState.Runnable, null)]
    public void The_gravest_state_counts(string flags, DomainState state, ShutdownReason? reason)
    {
        var host = new FakeHost().Domain(4, flags, null).Line($"max_vcpu none");
        var domain = Look(host, target => target.ReadDomain(4));

        Assert.Equal((state, reason), (domain.State, domain.ShutdownReason));
        Assert.Null(domain.MaxVcpuId);
    }
}
