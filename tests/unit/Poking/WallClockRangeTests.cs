using XenShared.Layout;
using XenShared.Poking;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;

namespace XenShared.Tests.Poking;

/// <summary>
/// Checks that a value that the field cannot hold is refused before anything is written, and that all other values are written unchanged.
/// </summary>
public sealed class WallClockRangeTests : PokeTest
{
    // 2^64 - 1 nanoseconds after 1970, rounded down to a tick of .NET.
    private const long LastTick = 184_467_440_737_095_516;

    public static TheoryData<SimulatedKind> Layouts => [SimulatedKind.PvTwoLevel, SimulatedKind.Pv32TwoLevel];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void ATimeThatTheClockCannotHoldIsRefused(SimulatedKind kind)
    {
        var guest = Guest(kind);
        guest.IsPaused = true;
        var before = guest.SharedPage().ToArray();
        DateTimeOffset[] times =
        [
            DateTimeOffset.MinValue, DateTimeOffset.UnixEpoch.AddTicks(-1), DateTimeOffset.UnixEpoch.AddTicks(LastTick + 1),
            new(2600, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2600, 1, 1, 0, 0, 0, TimeSpan.FromHours(14)), DateTimeOffset.MaxValue,
        ];

        Assert.All(times, time =>
        {
            var error = Assert.Throws<XenException>(() => Runner().SetWallClock(guest.Plan.DomId, time, force: true));
            Assert.Equal(XenErrorId.PokeRefused, error.Id);
            Messages.AssertSentence(error.Message, guest.Plan.DomId);
        });
        Assert.Equal(0, Target.WritableMappings.InAll);
        Assert.Equal(before, guest.SharedPage());
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void EveryOtherTimeIsReadAsItWasGiven(SimulatedKind kind)
    {
        var guest = Guest(kind);
        guest.IsPaused = true;
        var page = guest.SharedPage();
        var untouched = page.ToArray();
        long[] ticks =
        [
            0,
            1,
            uint.MaxValue * TimeSpan.TicksPerSecond,
            (uint.MaxValue + 1L) * TimeSpan.TicksPerSecond + 9_999_999,
            LastTick,
        ];

        foreach (var tick in ticks)
        {
            Runner().SetWallClock(guest.Plan.DomId, DateTimeOffset.UnixEpoch.AddTicks(tick));
            var clock = WallClockContent.Decode(page, guest.Plan.Layout);
            Assert.Equal(
                ((ulong)(tick / TimeSpan.TicksPerSecond), (uint)(tick % TimeSpan.TicksPerSecond * 100)),
                (clock.Seconds, clock.Nanoseconds));
            Assert.Equal(0u, clock.Version & 1);
        }
        // Nothing else was written.
        WallClockContent.Decode(page, guest.Plan.Layout).Encode(untouched, guest.Plan.Layout);
        Assert.Equal(untouched, page);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void AValueWiderThanItsFieldIsRefused(SimulatedKind kind)
    {
        var guest = Guest(kind);
        guest.IsPaused = true;
        var before = guest.SharedPage().ToArray();
        var domId = guest.Plan.DomId;
        var narrow = PokeFields
            .Names(guest.Plan.Layout, guest.Plan.VcpuCount)
            .Select(name => (Name: name, PokeFields.Find(guest.Plan.Layout, name)!.Value.Field.Width))
            .Where(field => field.Width < 8)
            .ToArray();
        Assert.NotEmpty(narrow);

        Assert.All(narrow, field =>
        {
            var bound = 1ul << (8 * field.Width);
            foreach (var value in (ulong[])[bound, bound + 1, ulong.MaxValue])
                AssertRefused(() => Runner().SetField(domId, field.Name, value, force: true));
        });
        if (guest.Plan.Layout.WordBytes == 4)
            AssertRefused(() => Runner().SetVcpu(domId, 0, null, null, 1ul << 32, force: true));
        foreach (var port in (uint[])[(uint)guest.Plan.Layout.PortCount, ushort.MaxValue, 1u << 31, uint.MaxValue])
            AssertRefused(() => Runner().SetPort(domId, port, true, force: true));
        foreach (var vcpu in (int[])[-1, guest.Plan.VcpuCount, 31, 32, int.MaxValue])
        {
            AssertRefused(() => Runner().SetVcpu(domId, vcpu, true, force: true));
            AssertRefused(() => Runner().SetField(domId, $"vcpu_info[{vcpu}].arch.cr2", 0, force: true));
        }
        Assert.Equal(before, guest.SharedPage());
    }

    private static void AssertRefused(Action poke) => Assert.Equal(XenErrorId.PokeRefused, Assert.Throws<XenException>(poke).Id);
}
