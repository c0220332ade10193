using XenShared.Hypervisor;
using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Boundary;

/// <summary>Tests reading guest memory.</summary>
public sealed class GuestMemoryTests(FakeXenFixture fixture) : FakeXenTest(fixture)
{
    private const string MapCall = "xenforeignmemory_map";
    private const string HighestCall = "xc_domain_maximum_gpfn";
    private const string TypesCall = "xc_get_pfn_type_batch";
    private const string OnDemandCall = "xc_domain_get_pod_target";

    // Two runs of memory with a hole of 3,000 frames between them.
    private const ulong Low = 0x100;
    private const ulong High = 0x100 + 16 + 3000;

    public static TheoryData<int> AllErrnos => new(Errnos.All);

    [Fact]
    public void Frames_are_shown_and_let_go_of()
    {
        var shown = Look(Host(), target =>
        {
            var values = new List<int>();
            Assert.Equal(3, target.VisitFrames(StandardHost.Pvh, [Low, Low + 50, High, Low + 15], (index, page) =>
            {
                Assert.Equal(4096, page.Length);
                values.Add(index);
            }));
            Assert.Equal(0ul, Xen.Counters.LiveMaps);
            return values;
        });

        Assert.Equal([0, 2, 3], shown);
        Assert.Equal(0ul, Xen.Counters.WritableMaps);
        Assert.Equal(1ul, Xen.Counters.Maps);
    }

    [Fact]
    public void No_frames_are_no_call() =>
        Assert.Equal(0, Look(Host(), target => target.VisitFrames(StandardHost.Pvh, [], (_, _) => Assert.Fail("nothing to show"))));

    [Fact]
    public void What_a_visitor_throws_comes_through_and_nothing_stays_mapped() =>
        Look(Host(), target =>
            Assert.Throws<TimeoutException>(() => target.VisitFrames(StandardHost.Pvh, [Low], (_, _) => throw new TimeoutException())));

    [Theory, MemberData(nameof(AllErrnos))]
    public void A_failed_mapping_is_an_error_with_its_reason(int errno)
    {
        Look(Host(), xen => xen.Fail(MapCall, errno), target =>
        {
            // Frames that are not there are no error: there is nothing to show.
            if (errno is Errno.EINVAL or Errno.ENOENT or Errno.EFAULT)
                return target.VisitFrames(StandardHost.Pvh, [Low], (_, _) => { });
            XenErrorAssert.Is(Assert.Throws<XenException>(() => target.VisitFrames(StandardHost.Pvh, [Low], (_, _) => { })), errno switch
            {
                Errno.ESRCH => XenErrorId.DomainVanished,
                Errno.EPERM or Errno.EACCES => XenErrorId.XenAccessDenied,
                _ => XenErrorId.NotSupportedByHost,
            }, MapCall, errno, StandardHost.Pvh);
            return 0;
        });
    }

    [Theory, MemberData(nameof(AllErrnos))]
    public void A_frame_that_fails_leaves_the_others(int errno)
    {
        var shown = Look(
            Host(),
            xen => xen.Fail("map_frame", errno),
            target =>
            {
                // That the domain is gone is not about the frame.
                if (errno != Errno.ESRCH)
                    return target.VisitFrames(StandardHost.Pvh, [Low, Low + 1], (_, _) => { });
                Assert.Equal(
                    XenErrorId.DomainVanished,
                    Assert.Throws<XenException>(() => target.VisitFrames(StandardHost.Pvh, [Low, Low + 1], (_, _) => { })).Id);
                return 0;
            });

        Assert.Equal(0, shown);
    }

    [Fact]
    public void The_highest_frame_and_the_holes_are_reported()
    {
        var (highest, found) = Look(Host(), target =>
        {
            var highest = target.ReadHighestFrame(StandardHost.Pvh);
            var hasMemory = new bool[highest + 1];
            Assert.True(target.TryFindMemory(StandardHost.Pvh, 0, hasMemory));
            return (highest, hasMemory.Count(value => value));
        });

        Assert.Equal((High + 7, 16 + 8), (highest, found));
        Assert.Equal((int)(High + 8 + 1023) / 1024, Xen.Calls(TypesCall));
    }

    [Theory, MemberData(nameof(AllErrnos))]
    public void A_highest_frame_that_is_not_reported_is_an_error_of_this_guest_alone(int errno)
    {
        var error = Look(
            Host(),
            xen => xen.Fail(HighestCall, errno),
            target => Assert.Throws<XenException>(() => target.ReadHighestFrame(StandardHost.Pvh)));

        Assert.Equal((HighestCall, (int?)errno, (ushort?)StandardHost.Pvh), (error.Operation, error.Errno, error.DomId));
        XenErrorAssert.IsUseful(error);
    }

    [Theory, MemberData(nameof(AllErrnos))]
    public void If_holes_are_not_reported_every_frame_is_tried(int errno)
    {
        Look(
            Host(),
            xen => xen.Fail(TypesCall, errno),
            target =>
            {
                if (errno is Errno.ENOSYS or Errno.EOPNOTSUPP or Errno.EINVAL)
                    Assert.False(target.TryFindMemory(StandardHost.Pvh, 0, new bool[10]));
                else
                    Assert.Equal(
                        TypesCall,
                        Assert.Throws<XenException>(() => target.TryFindMemory(StandardHost.Pvh, 0, new bool[10])).Operation);
                return 0;
            });
    }

    [Fact]
    public void Memory_that_a_read_would_change_is_reported()
    {
        var host = Host().Line($"pod 12").Line($"paged 3");

        var (pvh, pv) = Look(host, target =>
            (target.ReadHazards(StandardHost.Pvh, isTranslated: true), target.ReadHazards(StandardHost.Pv, isTranslated: false)));

        Assert.Equal(new MemoryHazards(12, 3), pvh);
        Assert.True(pv.IsNone);
        // Xen refuses the question about a PV guest.
        Assert.Equal(1, Xen.Calls(OnDemandCall));
    }

    // A search of memory with such pages can end the guest, so a number that was not read must not count as 0.
    [Theory, MemberData(nameof(AllErrnos))]
    public void A_number_of_pages_on_demand_that_is_not_reported_is_unknown(int errno)
    {
        Look(Host(), xen => xen.Fail(OnDemandCall, errno), target =>
        {
            if (errno == Errno.ESRCH)
                Assert.Equal(
                    XenErrorId.DomainVanished,
                    Assert.Throws<XenException>(() => target.ReadHazards(StandardHost.Pvh, isTranslated: true)).Id);
            else
                // A hypervisor without the call has no such pages.
                Assert.Equal(
                    new MemoryHazards(errno is Errno.ENOSYS or Errno.EOPNOTSUPP ? 0 : null, 0),
                    target.ReadHazards(StandardHost.Pvh, isTranslated: true));
            return 0;
        });
    }

    // The PVH guest is last, so that further lines apply to it.
    private static FakeHost Host() => StandardHost.Create().Domain(StandardHost.Pvh, "hvm hap blocked", null)
        .Line($"pages 24").Line($"memory 0x{Low:x} 16 -").Line($"memory 0x{High:x} 8 -");
}
