using XenShared.Guests.Deduction;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;
using XenShared.Tests.Targets.Simulated;

namespace XenShared.Tests.Queries;

/// <summary>Clocks of domains: what is compared, and the reason for each value that is not known.</summary>
public sealed class ClockQueryTests
{
    private readonly RecordingObserver _observer = new();

    [Fact]
    public void TheOneClockThatDriftsIsFound()
    {
        using var target = new SimulatedTarget(15);
        var fast = SimulatedTargetTests.DomainOf(target, SimulatedKind.HvmFifo);

        var clocks = Run(target).ToDictionary(clock => clock.DomId);

        Assert.Equal(16, clocks.Count);
        Assert.InRange(clocks[fast].DriftPpm!.Value, 39.98, 40.02);
        Assert.InRange(clocks[fast].DriftUncertaintyPpm!.Value, 0.001, 0.1);
        Assert.All(clocks.Values.Where(clock => clock.DomId != fast && clock.DriftPpm is not null), clock =>
            Assert.InRange(clock.DriftPpm!.Value, -clock.DriftUncertaintyPpm!.Value, clock.DriftUncertaintyPpm!.Value));
        // The control domain is the reference, and the domain that was just created has no page.
        Assert.Equal(14, clocks.Values.Count(clock => clock.DriftPpm is not null));
        Assert.All(clocks.Values.Where(clock => clock.Jump is not null), clock => Assert.Empty(clock.Jump!));
        Assert.Empty(_observer.Errors);
    }

    [Fact]
    public void EveryNullHasAReason()
    {
        using var target = new SimulatedTarget(15);

        foreach (var clock in Run(target).Concat(Run(target, TimeSpan.Zero)).Concat(Run(target, mayPause: false)))
        {
            AssertReasons(clock, clock.Note, nameof(XenClock.Note), nameof(XenClock.DomainName), nameof(XenClock.TakenAt));
            foreach (var vcpu in clock.Vcpu) AssertReasons(vcpu, vcpu.Note, nameof(XenVcpuClock.Note));
        }
    }

    [Fact]
    public void WithoutPauseTheModeIsNotReadAndTheRecordsStillShowTheDrift()
    {
        using var target = new SimulatedTarget(15);
        var domId = SimulatedTargetTests.DomainOf(target, SimulatedKind.PvFifo);

        var clock = Run(target, mayPause: false, domIds: domId).Single();

        Assert.Equal((null, null, false), (clock.TscMode, clock.Incarnation, clock.IsEmulated));
        Assert.Contains("TscMode, Incarnation: Xen would pause the domain to read it", clock.Note, StringComparison.Ordinal);
        Assert.NotNull(clock.DriftPpm);
    }

    [Fact]
    public void WithoutPauseItIsNotKnownWhetherTheTscOfAnHvmGuestIsEmulated()
    {
        using var target = new SimulatedTarget(15);
        var domId = SimulatedTargetTests.DomainOf(target, SimulatedKind.HvmFifo);

        var clock = Run(target, mayPause: false, domIds: domId).Single();

        Assert.Null(clock.IsEmulated);
        Assert.Null(clock.DriftPpm);
        Assert.Contains("it is not known whether its TSC is emulated", clock.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadOnceThereIsNeitherDriftNorJump()
    {
        using var target = new SimulatedTarget(15);
        var domId = SimulatedTargetTests.DomainOf(target, SimulatedKind.PvFifo);

        var clock = Run(target, TimeSpan.Zero, domIds: domId).Single();

        Assert.Equal((null, null), (clock.DriftPpm, clock.DriftUncertaintyPpm));
        Assert.Contains("at least 6 updates of its record are needed (seen: 1)", clock.Note, StringComparison.Ordinal);
        Assert.Equal(2_400_000_000ul, clock.TscFrequency);
        Assert.True(clock.IsStable);
    }

    [Fact]
    public void AJumpIsReportedWithItsTimeAndSize()
    {
        using var simulated = new SimulatedTarget(15);
        var domId = SimulatedTargetTests.DomainOf(simulated, SimulatedKind.PvFifo);
        var samples = 0;
        using var target = new HookedTarget(simulated)
        {
            BeforeSamples = read =>
            {
                if (read == domId && ++samples == 5) simulated.Guest(domId).Vcpus[0].ClockStep = -7_000_000;
            },
        };

        var clock = Run(target, domIds: domId).Single();

        var jump = Assert.Single(clock.Jump!);
        Assert.Equal(0, jump.Vcpu);
        Assert.InRange(jump.Nanoseconds, 6_999_000, 7_001_000);
        Assert.InRange(jump.SystemTime, TimeSpan.Zero, clock.Vcpu[0].SystemTime!.Value);
        Assert.Equal(jump, Assert.Single(clock.Vcpu[0].Jump!));
    }

    [Fact]
    public void ADomainThatIsReplacedIsNotComparedWithItsPredecessor()
    {
        using var simulated = new SimulatedTarget(15);
        var domId = SimulatedTargetTests.DomainOf(simulated, SimulatedKind.PvFifo);
        var samples = 0;
        using var target = new HookedTarget(simulated)
        {
            BeforeSamples = read =>
            {
                if (read == domId && ++samples == 4) simulated.Replace(domId);
            },
        };

        var clock = Run(target, domIds: domId).Single();

        // One update for each inspection before the end.
        Assert.InRange(clock.Vcpu[0].UpdateCount, 2, 4);
        Assert.Null(clock.DriftPpm);
    }

    [Theory]
    [InlineData(TscMode.AlwaysEmulate, true)]
    [InlineData(TscMode.NeverEmulate, false)]
    public void AModeThatSaysItIsNotDeduced(TscMode mode, bool isEmulated) =>
        Assert.Equal(isEmulated, TscDeduction.Deduce(Some.Domain(), new TscInfo((uint)mode, 0, 0, 0), [], []).IsEmulated);

    // The control domain shows the TSC at 1,000 s; the TSC of the domain began with the host, or 50 s before.
    [Theory]
    [InlineData(1_000_500_000_000, false)]
    [InlineData(998_000_000_000, false)]
    [InlineData(50_000_000_000, true)]
    [InlineData(1_050_000_000_000, true)]
    [InlineData(0, true)]
    [InlineData(ulong.MaxValue, true)]
    public void InTheDefaultModeTheElapsedTimeTellsWhetherTheTscIsEmulated(ulong elapsed, bool isEmulated)
    {
        VcpuTimeContent[] control = [Record(999), Record(1_000)];

        var deduction = TscDeduction.Deduce(Some.Domain(), new TscInfo(0, elapsed, 2_400_000, 0), [], control);

        Assert.Equal(isEmulated, deduction.IsEmulated);
        Assert.Null(TscDeduction.Deduce(Some.Domain(), new TscInfo(0, elapsed, 2_400_000, 0), [], []).IsEmulated);
    }

    [Fact]
    public void AMultiplierThatChangesIsThatOfAProcessor()
    {
        VcpuTimeContent[] constant = [Record(7), Record(8)];
        VcpuTimeContent[] calibrated = [Record(7), Record(8) with { TscToSystemMul = 3_579_139_414 }];
        var domain = Some.Domain() with { Type = DomainType.HVM };

        Assert.False(TscDeduction.Deduce(domain, null, [constant, calibrated], []).IsEmulated);
        Assert.Null(TscDeduction.Deduce(domain, null, [constant, constant], [Record(9)]).IsEmulated);
        // The TSC of a PV guest is the host's, or one that began with the domain.
        var pv = domain with { Type = DomainType.PV };
        Assert.False(TscDeduction.Deduce(pv, null, [constant], [Record(9)]).IsEmulated);
        Assert.True(TscDeduction.Deduce(pv, null, [[Record(7) with { TscTimestamp = 5 }]], [Record(900)]).IsEmulated);
    }

    private static VcpuTimeContent Record(ulong seconds) =>
        new(2, seconds * 2_400_000_000, seconds * 1_000_000_000, 3_579_139_413, -1, 1);

    private XenClock[] Run(IXenDataSource target, TimeSpan? sampleTime = null, bool mayPause = true, params ushort[] domIds) =>
        [
            .. new ClockQuery(target, _observer)
            {
                SampleTime = sampleTime ?? ClockQuery.DefaultSampleTime,
                MayPause = mayPause,
            }.Run(new DomainSelection { DomIds = domIds }, TestContext.Current.CancellationToken),
        ];

    private static void AssertReasons(object item, string? note, params string[] withoutReason)
    {
        var nulls = item.GetType()
            .GetProperties()
            .Where(property => property.GetValue(item) is null && !withoutReason.Contains(property.Name))
            .Select(property => property.Name);
        var explained = (note ?? "").Split("; ").SelectMany(part => part.Split(": ")[0].Split(", "));
        Assert.Empty(nulls.Except(explained));
    }
}
