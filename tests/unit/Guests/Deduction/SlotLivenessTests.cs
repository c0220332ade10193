using XenShared.Guests.Deduction;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Tests.Support;

namespace XenShared.Tests.Guests.Deduction;

/// <summary>Tests the deduction whether Xen still updates a vCPU's slot.</summary>
public sealed class SlotLivenessTests
{
    private static readonly SharedInfoLayout s_wide = SharedInfoLayout.X86_64;

    [Fact]
    public void AVersionThatMovesIsLive()
    {
        var judged = SlotLiveness.Deduce([Sample(62, 0), Sample(66, 2)], s_wide, 0);

        Assert.True(judged.IsLive);
        Assert.Equal("its version changed from 62 within 2.0 s", judged.Evidence);
    }

    [Fact]
    public void AVersionThatMovedInBetweenOrWrappedIsLiveToo()
    {
        Assert.True(SlotLiveness.Deduce([Sample(62, 0), Sample(64, 0.1), Sample(62, 0.2)], s_wide, 0).IsLive);
        Assert.True(SlotLiveness.Deduce([Sample(uint.MaxValue - 1, 0), Sample(0, 1)], s_wide, 0).IsLive);
    }

    [Fact]
    public void GrubIsLiveAndAPausedGuestUndecided()
    {
        var grub = GoldenGuest.Named("grub64");

        Assert.True(SlotLiveness.Deduce([GoldenGuest.Sample(grub.Page), GoldenGuest.Sample(grub.PausedPage, 11)], s_wide, 0).IsLive);
        Assert.Null(
            SlotLiveness
                .Deduce(
                    [
                        GoldenGuest.Sample(grub.PausedPage, 0, 5),
                        GoldenGuest.Sample(grub.PausedPage, 2, 5),
                        GoldenGuest.Sample(grub.PausedPage, 4, 5),
                    ],
                    s_wide,
                    0)
                .IsLive);
    }

    [Theory]
    [InlineData("pv-fifo")]
    [InlineData("pv-2l")]
    [InlineData("pvh-fifo")]
    [InlineData("hvm-2l")]
    public void TheSlotOfALinuxGuestThatRanIsStale(string name)
    {
        var page = GoldenGuest.Named(name).Page;

        var judged = SlotLiveness.Deduce(
            [GoldenGuest.Sample(page, 0, 10), GoldenGuest.Sample(page, 1.6, 20), GoldenGuest.Sample(page, 2, 30)],
            s_wide,
            0);

        Assert.False(judged.IsLive);
        Assert.Contains("registered elsewhere", judged.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void AVcpuThatDidNotRunIsNoEvidence()
    {
        var judged = SlotLiveness.Deduce([Sample(62, 0, 9), Sample(62, 1.6, 10), Sample(62, 10, 10)], s_wide, 0);

        Assert.Null(judged.IsLive);
        Assert.Equal("the vCPU did not run for 10.0 s", judged.Evidence);
    }

    [Fact]
    public void RunningBeforeACalibrationHasPassedIsNoEvidence()
    {
        // It ran between the first and the second page only, when a live record need not have been refreshed.
        Assert.Null(SlotLiveness.Deduce([Sample(62, 0, 1), Sample(62, 1.6, 20), Sample(62, 3, 20)], s_wide, 0).IsLive);
        // Without a sample between a calibration and the end, it is not known when it ran.
        Assert.Null(SlotLiveness.Deduce([Sample(62, 0, 1), Sample(62, 3, 20)], s_wide, 0).IsLive);
    }

    [Fact]
    public void AShortWaitIsNoEvidence()
    {
        var judged = SlotLiveness.Deduce([Sample(62, 0, 1), Sample(62, 0.7, 2), Sample(62, 1.4, 3)], s_wide, 0);

        Assert.Null(judged.IsLive);
        Assert.Contains("too short", judged.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void OneSampleIsNoEvidence()
    {
        Assert.Equal(new SlotLiveness(null, "not sampled"), SlotLiveness.Deduce([Sample(62, 0)], s_wide, 0));
        Assert.Equal(new SlotLiveness(null, "not sampled"), SlotLiveness.Deduce([], s_wide, 0));
    }

    [Fact]
    public void SamplesWhoseClockDidNotRestAreLeftOut()
    {
        string[] unstable = ["vCPU 0 time"];
        DomainSample[] samples = [Sample(62, 0), Some.Sample(Page(63), 1, unstable, 5), Some.Sample(Page(65), 2, unstable, 6)];

        Assert.Null(SlotLiveness.Deduce(samples, s_wide, 0).IsLive);
        Assert.Equal("its clock was being written at each attempt", SlotLiveness.Deduce(samples[1..], s_wide, 0).Evidence);
        Assert.True(SlotLiveness.Deduce([.. samples, Sample(64, 3)], s_wide, 0).IsLive);
    }

    [Fact]
    public void AnotherVcpusClockDoesNotMatter()
    {
        string[] unstable = ["vCPU 1 time", "X86_64 wall clock"];

        Assert.True(SlotLiveness.Deduce([Some.Sample(Page(62), 0, unstable), Some.Sample(Page(64), 1, unstable)], s_wide, 0).IsLive);
    }

    [Fact]
    public void WithoutRunTimesAnUnchangedVersionIsNoEvidence()
    {
        var judged = SlotLiveness.Deduce([Some.Sample(Page(62)), Some.Sample(Page(62), 2), Some.Sample(Page(62), 4)], s_wide, 0);

        Assert.Null(judged.IsLive);
        Assert.Contains("run time", judged.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(GuestLayout.X86_64, 31, true)]
    [InlineData(GuestLayout.X86_64, 32, null)]
    [InlineData(GuestLayout.X86_32, 32, null)]
    [InlineData(GuestLayout.X86_64, 8191, null)]
    public void VcpusBeyondThe32SlotsHaveNone(GuestLayout which, int vcpu, bool? isLive)
    {
        var layout = SharedInfoLayout.ForLayout(which);
        var before = new byte[4096];
        var after = Enumerable.Repeat((byte)2, 4096).ToArray();

        var judged = SlotLiveness.Deduce([Some.Sample(before), Some.Sample(after, 1)], layout, vcpu);

        Assert.Equal(isLive, judged.IsLive);
        if (isLive is null) Assert.Contains("no slot", judged.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void ArmIsNoEvidence()
    {
        var after = Enumerable.Repeat((byte)2, 4096).ToArray();

        Assert.Null(SlotLiveness.Deduce([Some.Sample(new byte[4096]), Some.Sample(after, 1)], SharedInfoLayout.Arm, 0).IsLive);
        Assert.Contains("no slot", SlotLiveness.Deduce([], SharedInfoLayout.Arm, 1).Evidence, StringComparison.Ordinal);
    }

    private static DomainSample Sample(uint version, double second, ulong runTime = 0) => Some.Sample(Page(version), second, null, runTime);

    private static byte[] Page(uint version)
    {
        var page = Some.ClockPage(s_wide);
        s_wide.Vcpu.Version.Write(page, version);
        return page;
    }
}
