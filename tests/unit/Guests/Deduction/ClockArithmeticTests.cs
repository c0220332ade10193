using XenShared.Guests.Deduction;
using XenShared.Layout;

namespace XenShared.Tests.Guests.Deduction;

/// <summary>The comparison of clock records, on synthetic clocks whose drift and jumps are known.</summary>
public sealed class ClockArithmeticTests
{
    private const ulong Second = 1_000_000_000;

    // 2.4 GHz.
    private const uint Multiplier = 3_579_139_413;

    public static TheoryData<double, double, int, ulong> Clocks
    {
        get
        {
            var data = new TheoryData<double, double, int, ulong>();
            foreach (var drift in new[] { 0, 0.3, -25, 400, -5000 })
            {
                foreach (var noise in new double[] { 0, 40, 2_000, 50_000 })
                {
                    foreach (var updates in new[] { 8, 20, 60 }) data.Add(drift, noise, updates, 0);
                }
            }
            // A guest TSC that began later, or earlier so that it wraps during the samples.
            data.Add(7, 100, 30, 1UL << 40);
            data.Add(7, 100, 30, unchecked((ulong)-(long)(3600 * Second / 10 * 24 + 5 * Second)));
            return data;
        }
    }

    [Theory, MemberData(nameof(Clocks))]
    public void TheDriftOfAClockIsFoundWithinItsUncertainty(double drift, double noise, int updates, ulong tscOffset)
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var random = new Random(seed);
            var found = ClockArithmetic.Drift(Guest(random, drift, noise, updates, tscOffset), Control(updates + 5))!.Value;

            Assert.True(
                Math.Abs(found.PartsPerMillion - drift) <= found.Uncertainty + 0.01,
                $"seed {seed}: {found.PartsPerMillion} +- {found.Uncertainty} is not {drift}");
            // A minute of updates with the noise of a busy host still tells one part per million.
            if (updates == 60 && noise <= 2_000) Assert.True(found.Uncertainty < 1);
        }
    }

    [Fact]
    public void OutliersDoNotMoveTheDrift()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var random = new Random(seed);
            var guest = Guest(random, drift: 3, noise: 200, updates: 40, tscOffset: 77);
            for (var at = 0; at < guest.Length; at += 7)
                guest[at] = guest[at] with { SystemTime = guest[at].SystemTime + (ulong)random.Next(100_000, 50_000_000) };

            var found = ClockArithmetic.Drift(guest, Control(45))!.Value;

            Assert.True(Math.Abs(found.PartsPerMillion - 3) <= found.Uncertainty + 0.01, $"seed {seed}: {found}");
            Assert.True(found.Uncertainty < 0.5, $"seed {seed}: {found}");
        }
    }

    [Fact]
    public void AConstantTscOffsetDoesNotMatter()
    {
        var expected = ClockArithmetic.Drift(Guest(new Random(5), 12, 500, 20, 0), Control(25));

        foreach (var offset in new ulong[] { 1, 1 << 20, 1UL << 63, ulong.MaxValue })
            Assert.Equal(expected, ClockArithmetic.Drift(Guest(new Random(5), 12, 500, 20, offset), Control(25)));
    }

    [Fact]
    public void WithoutEnoughRecordsThereIsNoDrift()
    {
        var few = Guest(new Random(1), 0, 0, ClockArithmetic.MinimumUpdates - 1, 0);
        var enough = Guest(new Random(1), 0, 0, ClockArithmetic.MinimumUpdates, 0);

        Assert.Null(ClockArithmetic.Drift(few, Control(20)));
        Assert.Null(ClockArithmetic.Drift([.. few, few[^1]], Control(20)));
        Assert.Null(ClockArithmetic.Drift([.. few, enough[^1] with { Version = 7 }], Control(20)));
        Assert.Null(ClockArithmetic.Drift([.. few, enough[^1] with { TscToSystemMul = 0 }], Control(20)));
        Assert.Null(ClockArithmetic.Drift(enough, []));
        Assert.NotNull(ClockArithmetic.Drift(enough, Control(20)));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(900_000, null)]
    [InlineData(-900_000, null)]
    [InlineData(2_000_000, 2_000_000L)]
    [InlineData(-2_000_000, -2_000_000L)]
    [InlineData(3_600_000_000_000, 3_600_000_000_000L)]
    public void AJumpIsAnUpdateThatDoesNotContinueTheRecord(long step, long? expected)
    {
        var before = Record(3600 * Second, 0);
        var after = Record(3601 * Second, 0);

        var found = ClockArithmetic.Jump(before, after with { SystemTime = (ulong)((long)after.SystemTime + step) });

        Assert.Equal(expected is null, found is null);
        if (expected is { } size) Assert.InRange(found!.Value, size - 1000, size + 1000);
    }

    [Fact]
    public void ARateThatNtpCanCorrectIsNoJumpHoweverLongTheVcpuSlept()
    {
        var before = Record(3600 * Second, 0);
        var after = Record(7200 * Second, 0);

        Assert.Null(ClockArithmetic.Jump(before, after with { SystemTime = after.SystemTime + 3600 * Second / 1_000_000 * 400 }));
        Assert.NotNull(ClockArithmetic.Jump(before, after with { SystemTime = after.SystemTime + 3600 * Second / 1_000_000 * 600 }));
    }

    [Fact]
    public void AClockThatGoesBackHasJumpedUnlessItOnlyShowsAnOlderCalibration()
    {
        var before = Record(3600 * Second, 0);

        Assert.Null(ClockArithmetic.Jump(before, Record(3599 * Second, 0)));
        Assert.Equal(-10 * (long)Second, ClockArithmetic.Jump(before, Record(3590 * Second, 0)));
        Assert.NotNull(ClockArithmetic.Jump(before, before with { TscTimestamp = before.TscTimestamp - 240_000_000, Version = 8 }));
    }

    [Fact]
    public void ExtremeValuesDoNotThrow()
    {
        ulong[] numbers = [0, 1, Second, 1UL << 32, 1UL << 62, (1UL << 63) - 1, 1UL << 63, ulong.MaxValue - 1, ulong.MaxValue];
        uint[] multipliers = [0, 1, Multiplier, uint.MaxValue];
        sbyte[] shifts = [-128, -32, -31, -1, 0, 31, 32, 127];
        var random = new Random(3);
        VcpuTimeContent Any() => new(
            (uint)random.Next(1, 5) * 2,
            numbers[random.Next(numbers.Length)],
            numbers[random.Next(numbers.Length)],
            multipliers[random.Next(multipliers.Length)],
            shifts[random.Next(shifts.Length)],
            0);
        var drifts = 0;
        for (var run = 0; run < 20_000; run++)
        {
            var guest = Enumerable.Range(0, 12).Select(_ => Any()).ToArray();
            var control = Enumerable.Range(0, 3).Select(_ => Any()).ToArray();
            ClockArithmetic.Jump(guest[0], guest[1]);
            if (ClockArithmetic.Drift(guest, control) is not { } drift) continue;
            drifts++;
            Assert.True(double.IsFinite(drift.PartsPerMillion), $"{drift}");
            Assert.True(double.IsFinite(drift.Uncertainty), $"{drift}");
        }
        Assert.True(drifts > 100);
    }

    // The control domain's records: exact, once a second, half a second beside the guest's.
    private static VcpuTimeContent[] Control(int seconds) =>
        [.. Enumerable.Range(0, seconds).Select(second => Record(3599 * Second + Second / 2 + (ulong)second * Second, 0))];

    // A fast clock shows a later system time at the same TSC value.
    private static VcpuTimeContent[] Guest(Random random, double drift, double noise, int updates, ulong tscOffset) =>
        [
            .. Enumerable.Range(0, updates).Select(second =>
            {
                var time = 3600 * Second + (ulong)second * Second + (ulong)random.Next(100_000_000);
                var lead = (time - 3600 * Second) * drift / 1e6 + (random.NextDouble() * 2 - 1) * noise;
                return Record(time, tscOffset) with { SystemTime = (ulong)((long)time + (long)Math.Round(lead)) };
            }),
        ];

    private static VcpuTimeContent Record(ulong systemTime, ulong tscOffset) =>
        new(2, unchecked((ulong)((UInt128)systemTime * 12 / 5) + tscOffset), systemTime, Multiplier, -1, 1);
}
