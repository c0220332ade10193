using XenShared.Guests.Locating;
using XenShared.Guests.Memory;
using XenShared.Hypervisor;
using XenShared.Tests.Support;

namespace XenShared.Tests.Guests.Locating;

/// <summary>Tests which places are found to be records, and of which vCPU, from their changes.</summary>
public sealed class VcpuInfoTrackerTests
{
    private static readonly GuestAddress s_first = new(0x200, 0x4200, 0xe0);
    private static readonly GuestAddress s_second = new(0x300, 0x4300, 0xe0);
    private static readonly GuestAddress s_third = new(0x400, 0x4400, 0xe0);

    [Fact]
    public void TheOnlyMovingPlaceIsTheOnlyVcpus()
    {
        var watch = Watch([s_first, s_second], vcpus: 1, Look([1], 100, 50), Look([2], 102, 50), Look([2], 102, 50));

        Assert.Equal([0], watch.Moving());
        var (place, vcpu, evidence) = Assert.Single(watch.Assign());
        Assert.Equal((0, 0), (place, vcpu));
        Assert.Contains("the only place", evidence, StringComparison.Ordinal);
        Assert.True(watch.IsDecided);
    }

    [Fact]
    public void ATimeThatStepsBackAsOnAnotherProcessorIsNoImitation()
    {
        VcpuInfoSample Seen(ulong ran, uint version, ulong time) => new(Some.Start, Vcpus(ran), [RecordBytes.Create(version, time)]);
        var second = Watch(
            [s_first],
            vcpus: 1,
            Seen(1, 100, 50_000_000_000),
            Seen(2, 102, 49_200_000_000),
            Seen(3, 104, 51_000_000_000),
            Seen(4, 106, 50_900_000_000));
        var forged = Watch([s_first], vcpus: 1, Seen(1, 100, 50_000_000_000), Seen(2, 102, 40_000_000_000), Seen(3, 104, 51_000_000_000));

        Assert.Equal([0], second.Moving());
        Assert.True(second.IsDecided);
        Assert.Empty(forged.Moving());
    }

    [Fact]
    public void APlaceThatMovesWhileTheOnlyVcpuStandsIsAnImitation()
    {
        var two = Watch([s_first], vcpus: 1, Look([1], 100), Look([1], 102));
        var three = Watch([s_first], vcpus: 1, Look([1], 100), Look([1], 102), Look([1], 104));

        // Only the next sample shows that the vCPU did not run. Until then, nothing is decided.
        Assert.False(two.IsDecided);
        Assert.Equal([0], three.Moving());
        Assert.Empty(three.Assign());
        Assert.False(three.IsDecided);
    }

    [Fact]
    public void OneSampleProvesNothing()
    {
        var watch = Watch([s_first], vcpus: 1, Look([1], 100));

        Assert.Empty(watch.Assign());
        Assert.False(watch.IsDecided);
        Assert.Null(Watch([s_first], vcpus: 1).Latest);
        Assert.False(Watch([s_first], vcpus: 1).IsDecided);
    }

    [Fact]
    public void WithoutAPlaceThereIsNothingToWaitFor() => Assert.True(Watch([], vcpus: 2).IsDecided);

    [Fact]
    public void ARecordThatStandsIsNotKnown()
    {
        var watch = Watch([s_first], vcpus: 1, Look([1], 100), Look([2], 100), Look([3], 100));

        Assert.Empty(watch.Moving());
        Assert.Empty(watch.Assign());
        Assert.False(watch.IsDecided);
    }

    [Fact]
    public void RunTimesDistinguishVcpus()
    {
        // vCPU 1 runs and vCPU 0 does not while the first place changes; then the reverse.
        var watch = Watch(
            [s_first, s_second],
            vcpus: 2,
            Look([5, 5], 100, 200),
            Look([5, 6], 102, 200),
            Look([5, 7], 104, 200),
            Look([6, 7], 104, 202),
            Look([7, 7], 104, 204));

        var assigned = watch.Assign();

        Assert.Equal([(0, 1), (1, 0)], assigned.Select(owner => (owner.Place, owner.Vcpu)));
        Assert.All(assigned, owner => Assert.Contains("only this vCPU ran", owner.Evidence, StringComparison.Ordinal));
        Assert.All(assigned, owner => Assert.DoesNotContain("inferred", owner.Evidence, StringComparison.Ordinal));
        Assert.True(watch.IsDecided);
    }

    [Fact]
    public void ACertainOwnerLeavesTheOtherRecordToTheOtherVcpu()
    {
        var watch = Watch(
            [s_first, s_second],
            vcpus: 2,
            Look([5, 5], 100, 200),
            Look([5, 6], 102, 200),
            Look([5, 7], 104, 200),
            Look([6, 8], 106, 202));

        Assert.Equal([(0, 1), (1, 0)], watch.Assign().Select(owner => (owner.Place, owner.Vcpu)).Order());
    }

    [Fact]
    public void ARunningVcpuIsNotOneThatStands()
    {
        // Xen adds a running vCPU's time when it is read; but the flag alone is sufficient.
        VcpuRunState[] vcpus = [new(0, true, false, true, 5), new(1, true, true, false, 5)];
        var watch = Watch([s_first], vcpus: 2, Look(vcpus, 100), Look(vcpus, 102), Look(vcpus, 102));

        Assert.Equal([(0, 0)], watch.Assign().Select(owner => (owner.Place, owner.Vcpu)));
    }

    [Fact]
    public void OrderAloneIsReportedAsInferred()
    {
        var watch = Watch(
            [s_first, s_second, s_third],
            vcpus: 3,
            Look([1, 1, 1], 100, 200, 300),
            Look([2, 2, 2], 102, 202, 302),
            Look([2, 2, 2], 102, 202, 302));

        var assigned = watch.Assign();

        Assert.Equal([(0, 0), (1, 1), (2, 2)], assigned.Select(owner => (owner.Place, owner.Vcpu)));
        Assert.All(assigned, owner => Assert.Contains("inferred", owner.Evidence, StringComparison.Ordinal));
        Assert.True(watch.IsDecided);
    }

    [Theory]
    [InlineData(0x400, 0xe8)] // another offset
    [InlineData(0x401, 0xe0)] // another distance
    public void OrderIsNoEvidenceIfPlacesAreNotAtOneDistance(ulong pfn, int offset)
    {
        var watch = Watch(
            [s_first, s_second, new GuestAddress(pfn, 0x9999, offset)],
            vcpus: 3,
            Look([1, 1, 1], 100, 200, 300),
            Look([2, 2, 2], 102, 202, 302));

        Assert.Empty(watch.Assign());
        Assert.False(watch.IsDecided);
    }

    [Fact]
    public void OrderThatRunTimesContradictIsNotBelieved()
    {
        // The place that changes first belongs to neither vCPU, because none ran.
        var watch = Watch(
            [s_first, s_second],
            vcpus: 2,
            Look([1, 1], 100, 200),
            Look([1, 1], 102, 200),
            Look([1, 1], 102, 202),
            Look([2, 2], 102, 204),
            Look([3, 3], 102, 206));

        Assert.DoesNotContain(watch.Assign(), owner => owner.Place == 0);
    }

    [Fact]
    public void OrderWaitsForEveryPlace()
    {
        var watch = Watch([s_first, s_second], vcpus: 2, Look([1, 1], 100, 200), Look([2, 2], 102, 200));

        Assert.Empty(watch.Assign());
        Assert.False(watch.IsDecided);
    }

    [Fact]
    public void MoreChangingPlacesThanVcpusHaveNoOwner()
    {
        var watch = Watch([s_first, s_second], vcpus: 1, Look([1], 100, 200), Look([2], 102, 202));

        Assert.Equal(2, watch.Moving().Count);
        Assert.Empty(watch.Assign());
        Assert.False(watch.IsDecided);
    }

    [Theory]
    [InlineData(102u, 98u, 22ul, 23ul)] // backwards
    [InlineData(102u, 104u, 20ul, 20ul)] // the time stands
    [InlineData(102u, 104u, 5ul, 23ul)] // the time goes back further than any two processors are apart
    public void APlaceThatMovesAsXenNeverDoesIsAnImitation(uint second, uint third, ulong thirdSecond, ulong lastSecond)
    {
        static byte[] At(uint version, ulong time) => RecordBytes.Create(version, time * 1_000_000_000);
        var looks = new[] { At(100, 20), At(second, 20), At(third, thirdSecond), At(third + 8, lastSecond) };
        var watch = Watch(
            [s_first],
            vcpus: 1,
            [.. looks.Select((record, at) => new VcpuInfoSample(Some.Start, Vcpus((ulong)at), [record]))]);

        Assert.Empty(watch.Moving());
        Assert.Empty(watch.Assign());
    }

    [Fact]
    public void TheCounterMayRunOver()
    {
        var watch = Watch(
            [s_first],
            vcpus: 1,
            new VcpuInfoSample(Some.Start, Vcpus(1), [RecordBytes.Create(0xffff_fffe, 1)]),
            new VcpuInfoSample(Some.Start, Vcpus(2), [RecordBytes.Create(2, 2)]));

        Assert.Equal([0], watch.Moving());
    }

    [Fact]
    public void AnImitationThatMovesWhileItsVcpuStandsIsNotItsRecord()
    {
        var watch = new VcpuInfoTracker([s_first], [1]);
        foreach (var look in (VcpuInfoSample[])[Look([1, 5], 100), Look([2, 5], 102), Look([3, 5], 104), Look([4, 5], 106)])
            watch.Add(look);

        // Only the record of vCPU 1 is searched for, and vCPU 1 did not run.
        Assert.Empty(watch.Assign());
        Assert.False(watch.IsDecided);
    }

    [Fact]
    public void AVcpuThatIsNotOnlineIsNotWaitedFor()
    {
        VcpuRunState[] before = [new(0, true, true, false, 1), new(1, false, false, false, 0)];
        VcpuRunState[] after = [new(0, true, true, false, 2), new(1, false, false, false, 0)];
        var watch = Watch([s_first, s_second], vcpus: 2, Look(before, 100, 50), Look(after, 102, 50), Look(after, 102, 50));

        Assert.Equal([(0, 0)], watch.Assign().Select(owner => (owner.Place, owner.Vcpu)));
        Assert.True(watch.IsDecided);
    }

    [Fact]
    public void CopiesThatDidNotRestAreLeftOut()
    {
        var watch = Watch([s_first], vcpus: 1, Look([1], 100), new VcpuInfoSample(Some.Start, Vcpus(2), [null]), Look([3], 102));

        Assert.Equal([0], watch.Moving());
        Assert.True(watch.IsDecided);
        Assert.Empty(
            Watch([s_first], vcpus: 1, new VcpuInfoSample(Some.Start, Vcpus(1), [null]), new VcpuInfoSample(Some.Start, Vcpus(2), [null]))
                .Moving());
        // A failed sample in between excludes no place by run times.
        var gap = Watch(
            [s_first],
            vcpus: 2,
            Look([1, 1], 100),
            new VcpuInfoSample(Some.Start, Vcpus(1, 1), [null]),
            Look([1, 1], 102),
            Look([1, 1], 102));
        Assert.Empty(gap.Assign());
    }

    [Fact]
    public void ARecordIsNotDecidedWhileItsLastCopyDidNotRest()
    {
        var watch = Watch([s_first], vcpus: 1, Look([1], 100), Look([2], 102), new VcpuInfoSample(Some.Start, Vcpus(3), [null]));

        Assert.Single(watch.Assign());
        Assert.False(watch.IsDecided);
        watch.Add(Look([4], 104));
        Assert.True(watch.IsDecided);
    }

    private static VcpuInfoTracker Watch(GuestAddress[] places, int vcpus, params VcpuInfoSample[] looks)
    {
        var watch = new VcpuInfoTracker(places, [.. Enumerable.Range(0, vcpus)]);
        foreach (var look in looks) watch.Add(look);
        return watch;
    }

    private static VcpuInfoSample Look(ulong[] runTimes, params uint[] versions) => Look(Vcpus(runTimes), versions);

    // The time changes with the version.
    private static VcpuInfoSample Look(VcpuRunState[] vcpus, params uint[] versions) =>
        new(Some.Start, vcpus, Array.ConvertAll(versions, version => (byte[]?)RecordBytes.Create(version, version * 1000)));

    private static VcpuRunState[] Vcpus(params ulong[] runTimes) =>
        [.. runTimes.Select((time, vcpu) => new VcpuRunState(vcpu, Online: true, Blocked: true, Running: false, time))];
}
