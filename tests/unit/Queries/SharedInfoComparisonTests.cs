using XenShared.Layout;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Queries;

/// <summary>Tests the comparison of two copies of a page, field by field.</summary>
public sealed class SharedInfoComparisonTests
{
    private static readonly SharedInfoLayout s_layout = SharedInfoLayout.X86_64;

    [Fact]
    public void APageDoesNotDifferFromItself() => Always.Holds(Arbitrary.Page, page =>
    {
        var info = Read(page);

        Assert.Empty(SharedInfoComparison.Compare(info, info));
    });

    [Fact]
    public void EachFieldThatDiffersIsNamedWithBothValues()
    {
        var before = Some.TwoLevelPage(s_layout, 1, 2, 3);
        var after = (byte[])before.Clone();
        after[0] = 1;
        s_layout.WallClockSeconds.Write(after, 1_795_339_800);
        Some.Set(after, s_layout.PendingOffset, 3);
        Some.Set(after, s_layout.MaskOffset, 2);

        var differences = SharedInfoComparison.Compare(Read(before), Read(after, second: 9)).ToArray();

        Assert.Equal(
            [
                ("vcpu_info[0].evtchn_upcall_pending", 0ul, 1ul),
                ("evtchn_pending[port 3]", false, true),
                ("evtchn_mask[port 2]", false, true),
                ("wc_sec", Some.Clock.Seconds, 1_795_339_800ul),
            ],
            differences.Select(difference => (difference.Field, difference.Before, difference.After)));
        Assert.All(differences, difference =>
            Assert.Equal(
                (Some.Start, Some.Start.AddSeconds(9), (ushort)5, "guest", "fake"),
                (difference.BeforeTakenAt, difference.AfterTakenAt, difference.DomId, difference.DomainName, difference.HostName)));
    }

    [Fact]
    public void AnyFieldOfThePageThatIsSetIsFound()
    {
        var before = Some.TwoLevelPage(s_layout, 1, 2, 3);
        foreach (var field in s_layout.Fields.Concat(s_layout.Vcpu.Fields))
        {
            var after = (byte[])before.Clone();
            field.Write(after, field.Read(before) + 2);

            var difference = Assert.Single(SharedInfoComparison.Compare(Read(before), Read(after)));

            Assert.EndsWith(field.Name, difference.Field, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void DeadBitmapsAndWhatDidNotRestAreLeftOut()
    {
        var before = Some.ClockPage(s_layout);
        var after = (byte[])before.Clone();
        Some.Set(after, s_layout.PendingOffset, 3);
        s_layout.WallClockSeconds.Write(after, 7);

        Assert.Empty(
            SharedInfoComparison.Compare(Read(before), Read(after) with { Unstable = [SeqlockRange.WallClockName(GuestLayout.X86_64)] }));
    }

    [Fact]
    public void PagesOfAnotherLayoutDifferInThatAlone()
    {
        var wide = Read(Some.TwoLevelPage(s_layout, 1));

        Assert.Contains(SharedInfoComparison.Compare(wide, wide with { Layout = GuestLayout.X86_32, Frame = 7 }), difference =>
            difference.Field == "Layout");
        Assert.Equal(
            ["shared_info_frame", "Layout"],
            SharedInfoComparison.Compare(wide, wide with { Layout = GuestLayout.X86_32, Frame = 7 }).Select(difference => difference.Field)
        );
    }

    [Fact]
    public void CapturesOfAHostAreCompared()
    {
        var before = Capture("bookworm-quick-paused.xencap");
        var after = Capture("bookworm-quick.xencap");

        var grub = SharedInfoComparison.Compare(before[3], after[3]).Select(difference => difference.Field).ToArray();

        Assert.Contains("vcpu_info[0].time.system_time", grub);
        Assert.DoesNotContain(grub, field => field.StartsWith("wc_", StringComparison.Ordinal));
    }

    private static Dictionary<ushort, XenSharedInfo> Capture(string file)
    {
        using var capture = CaptureTarget.Open(Path.Combine(AppContext.BaseDirectory, "data", file));
        return new SharedInfoQuery(capture, new RecordingObserver()).Run(DomainSelection.All).ToDictionary(page => page.DomId);
    }

    private static XenSharedInfo Read(byte[] page, double second = 0)
    {
        var guest = Some.TwoLevelGuest();
        guest.Samples[0] = Some.Sample(page, second);
        return Assert.Single(new SharedInfoQuery(new FakeTarget(guest), new RecordingObserver()).Run(DomainSelection.All));
    }
}
