using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;

namespace XenShared.Xen.Tests.Quick;

/// <summary>
/// Checks the clocks of guests whose configuration has <c>tsc_mode="native"</c>: Xen's calibration is the same for all of them, so none
/// drifts, and none jumps.
/// </summary>
public sealed class ClockTests(QuickBed bed) : QuickTest(bed)
{
    // Noise of a busy machine that the uncertainty does not cover.
    private const double Margin = 1;

    [Fact]
    public async Task No_clock_of_a_guest_drifts_or_jumps()
    {
        var host = await Bed.RunningAsync();
        var dom0 = await Bed.RequireAsync();

        var clocks = Answers<XenClock>.Parse(await dom0.RunAsync("/in/bin/xenshared clocks --json --sample 40"));

        Assert.Empty(clocks.Errors);
        Assert.Equal(host.Numbers.Values.Order(), clocks.Objects.Select(clock => clock.DomId).Order());
        var control = clocks.Objects.Single(clock => clock.DomId == 0);
        Assert.Equal((null, null, false), (control.TscMode, control.DriftPpm, control.IsEmulated));
        Assert.Contains("the control domain's clock is the reference", control.Note, StringComparison.Ordinal);
        Assert.All(clocks.Objects.Where(clock => clock.DomId != 0), clock =>
        {
            Assert.Equal((TscMode.NeverEmulate, false), (clock.TscMode, clock.IsEmulated));
            Assert.InRange((double)clock.TscFrequency! / (double)control.TscFrequency!, 0.999, 1.001);
            Assert.True(clock.Jump is { Count: 0 }, $"{clock}: {string.Join(", ", clock.Jump ?? [])} {clock.Note}");
            Assert.True(
                clock.DriftPpm is { } drift && Math.Abs(drift) <= clock.DriftUncertaintyPpm + Margin,
                $"{clock} +- {clock.DriftUncertaintyPpm}: {clock.Note}");
        });
    }

    [Fact]
    public async Task Without_pause_no_mode_is_read()
    {
        await Bed.RunningAsync();
        var dom0 = await Bed.RequireAsync();

        var clocks = Answers<XenClock>.Parse(await dom0.RunAsync("/in/bin/xenshared clocks --json --sample 0 --no-pause"));

        Assert.NotEmpty(clocks.Objects);
        Assert.All(clocks.Objects, clock => Assert.Equal((null, null), (clock.TscMode, clock.Incarnation)));
    }
}
