using System.Diagnostics;
using XenShared.Layout;
using XenShared.Native.Tests.Fake;
using XenShared.Targets;

namespace XenShared.Native.Tests.Boundary;

/// <summary>Tests mapping and copying shared pages.</summary>
public sealed class SharedPageTests(FakeXenFixture fixture) : FakeXenTest(fixture)
{
    private const string MapCall = "xenforeignmemory_map";
    private const string ListCall = "xc_domain_getinfolist";

    /// <summary>Gets the call that fails (the whole call, or the one frame in it), its errno, and the resulting error id.</summary>
    public static TheoryData<string, int, XenErrorId> MapErrors
    {
        get
        {
            var data = new TheoryData<string, int, XenErrorId>();
            foreach (var where in new[] { MapCall, "map_frame" })
            {
                foreach (var errno in Errnos.All)
                {
                    data.Add(where, errno, errno switch
                    {
                        Errno.EPERM or Errno.EACCES => XenErrorId.XenAccessDenied,
                        Errno.ESRCH => XenErrorId.DomainVanished,
                        Errno.EINVAL or Errno.ENOENT => XenErrorId.SharedInfoNotMapped,
                        _ => XenErrorId.NotSupportedByHost,
                    });
                }
            }
            return data;
        }
    }

    /// <summary>Gets the call that fails (the whole call, or the one frame in it), and its errno.</summary>
    public static TheoryData<string, int> Failures
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var where in new[] { MapCall, "map_frame" })
            {
                foreach (var errno in Errnos.All) data.Add(where, errno);
            }
            return data;
        }
    }

    [Theory, MemberData(nameof(MapErrors))]
    public void A_page_that_cannot_be_mapped_is_an_error_with_its_reason(string where, int errno, XenErrorId id)
    {
        var error = Look(
            StandardHost.Create(),
            xen => xen.Fail(where, errno),
            target => Assert.Throws<XenException>(() => target.ReadSample(StandardHost.Pv)));

        XenErrorAssert.Is(error, id, MapCall, errno, StandardHost.Pv);
    }

    [Theory, MemberData(nameof(Failures))]
    public void The_own_page_that_cannot_be_mapped_is_named_as_such(string where, int errno)
    {
        var error = Look(
            StandardHost.Create(),
            xen => xen.Fail(where, errno),
            target => Assert.Throws<XenException>(() => target.ReadSample(StandardHost.Control)));

        XenErrorAssert.Is(error, XenErrorId.SharedInfoOfOwnDomain, MapCall, errno, StandardHost.Control);
    }

    [Fact]
    public void A_page_is_copied_whole_and_unmapped()
    {
        var sample = Look(StandardHost.Create(), target => target.ReadSample(StandardHost.Pv));

        Assert.Equal(Xen.Page(StandardHost.Pv), sample.Page.Span);
        Assert.Equal(StandardHost.PvFrame, sample.Frame);
        Assert.Empty(sample.Unstable);
        Assert.Equal(1ul, Xen.Counters.Maps);
    }

    [Fact]
    public void The_own_page_is_read_under_the_name_that_stands_for_the_caller()
    {
        var sample = Look(StandardHost.Create(), target => target.ReadSample(StandardHost.Control));

        Assert.Equal(Xen.Page(StandardHost.Control), sample.Page.Span);
    }

    [Fact]
    public void Reading_changes_no_byte_of_any_page()
    {
        Boot(StandardHost.Create());
        var pages = new ushort[] { StandardHost.Control, StandardHost.Pv, StandardHost.Pv32, StandardHost.Pvh, StandardHost.Hvm };
        var before = Array.ConvertAll(pages, domId => Xen.Page(domId).ToArray());
        using (var target = LocalTarget.Open())
            foreach (var domId in pages) _ = target.ReadSample(domId);

        Assert.Equal(before, Array.ConvertAll(pages, domId => Xen.Page(domId).ToArray()));
        Assert.Equal(0ul, Xen.Counters.WritableMaps);
    }

    [Fact]
    public void A_page_that_is_not_mapped_is_not_requested()
    {
        var error = Look(StandardHost.Create(), target => Assert.Throws<XenException>(() => target.ReadSample(StandardHost.Starting)));

        XenErrorAssert.Is(error, XenErrorId.SharedInfoNotMapped, null, null, StandardHost.Starting);
        Assert.Equal(0, Xen.Calls(MapCall));
    }

    [Theory]
    [InlineData(0x10ul, MapCall, Errno.EINVAL)]
    [InlineData(null, null, null)]
    public void A_page_of_a_domain_that_is_being_destroyed_is_not_waited_for(ulong? frame, string? operation, int? errno)
    {
        var error = Look(
            StandardHost.Create().Domain(9, "dying paused hvm", frame),
            xen => xen.Fail(MapCall, Errno.EINVAL),
            target => Assert.Throws<XenException>(() => target.ReadSample(9)));

        XenErrorAssert.Is(error, XenErrorId.SharedInfoNotMapped, operation, errno, 9);
        Assert.Contains("is being destroyed", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("drivers", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_domain_that_never_was_has_no_page()
    {
        var error = Look(StandardHost.Create(), target => Assert.Throws<XenException>(() => target.ReadSample(3)));

        Assert.True(error.Id is XenErrorId.DomainNotFound or XenErrorId.DomainVanished, error.Message);
        XenErrorAssert.IsUseful(error);
    }

    [Fact]
    public void A_page_that_moves_before_it_is_mapped_is_found_at_its_new_place()
    {
        var sample = Look(StandardHost.Create(), xen => xen.Apply($"when {MapCall} 0 domain {StandardHost.Hvm};frame 0x10"),
            target => target.ReadSample(StandardHost.Hvm));

        Assert.Equal(0x10ul, sample.Frame);
        Assert.Equal(Xen.Page(StandardHost.Hvm), sample.Page.Span);
    }

    [Fact]
    public void A_page_that_moves_after_it_was_mapped_is_read_again_at_its_new_place()
    {
        // The guest puts other memory where its page was: what was copied may be anything.
        var host = StandardHost.Create().Line($"when {ListCall} 1 domain {StandardHost.Hvm};frame 0x10;memory 0xfdfff 1 -");
        var sample = Look(host, target => target.ReadSample(StandardHost.Hvm));

        Assert.Equal(0x10ul, sample.Frame);
        Assert.Equal(Xen.Page(StandardHost.Hvm), sample.Page.Span);
        Assert.Equal(2ul, Xen.Counters.Maps);
    }

    [Fact]
    public void A_page_that_never_stays_is_given_up()
    {
        var moves = string.Concat(
            Enumerable.Range(0, 50).Select(time => $"when {MapCall} {time} domain {StandardHost.Hvm};frame 0x{0x100 + time:x}\n"));
        var error = Look(
            StandardHost.Create(),
            xen => xen.Apply(moves),
            target => Assert.Throws<XenException>(() => target.ReadSample(StandardHost.Hvm)));

        Assert.Equal(XenErrorId.SharedInfoNotMapped, error.Id);
        XenErrorAssert.IsUseful(error);
        Assert.InRange(Xen.Calls(MapCall), 2, 10);
    }

    [Theory]
    [InlineData("xc_vcpu_getinfo", 0)]
    [InlineData(MapCall, 0)]
    [InlineData(ListCall, 1)]
    public void A_domain_that_goes_away_on_the_way_is_named_as_vanished(string call, int afterCalls)
    {
        var error = Look(StandardHost.Create(), xen => xen.Apply($"when {call} {afterCalls} destroy {StandardHost.Pvh}"), target =>
            Assert.Throws<XenException>(() => target.ReadSample(StandardHost.Pvh)));

        Assert.Equal(XenErrorId.DomainVanished, error.Id);
        Assert.Equal(StandardHost.Pvh, error.DomId);
        XenErrorAssert.IsUseful(error);
    }

    [Fact]
    public void A_clock_that_is_being_written_is_copied_whole()
    {
        const int slotTime = 32;
        var settled = Look(
            StandardHost.Create(),
            xen => xen.Apply($"domain {StandardHost.Pv};mutate {slotTime} running"),
            SampleWhileWritten);
        Xen.Apply($"domain {StandardHost.Pv};mutate {slotTime} stop");

        foreach (var time in settled)
        {
            Assert.Equal(0u, time.Version & 1);
            // The writer's values follow from the version; the first one is the test's own.
            if (time.Version > 6) Assert.Equal((time.Version, time.Version * 3ul), ((uint)time.TscTimestamp, time.SystemTime));
        }
        Assert.True(settled.Select(time => time.Version).Distinct().Count() > 1, "the clock was never read in two versions");
    }

    // The writer is a thread that a busy machine may not run for a while.
    private static List<VcpuTimeContent> SampleWhileWritten(LocalTarget target)
    {
        var settled = new List<VcpuTimeContent>();
        var versions = new HashSet<uint>();
        var limit = Stopwatch.StartNew();
        for (var taken = 0; (taken < 300 || versions.Count < 100) && limit.Elapsed < TimeSpan.FromSeconds(20); taken++)
        {
            var sample = target.ReadSample(StandardHost.Pv);
            if (sample.Unstable.Count > 0) continue;
            var time = VcpuTimeContent.Decode(sample.Page.Span, SharedInfoLayout.X86_64.Vcpu);
            settled.Add(time);
            versions.Add(time.Version);
        }
        return settled;
    }
}
