using System.Globalization;
using System.Reflection;
using System.Text.Json;
using XenShared.Guests.Deduction;
using XenShared.Guests.Memory;
using XenShared.Layout;
using XenShared.Poking;
using XenShared.Targets.Simulated;

namespace XenShared.Tests.Poking;

/// <summary>
/// Checks that records of pokes are treated as input. Each member of a record of each kind gets many values; the record is then refused
/// with a documented error, or has the same effect as a new poke. No byte outside the field changes.
/// </summary>
public sealed class PokeRecordTests : PokeTest, IPokeLocator
{
    // Another old value, or fewer bits of a selector, is another change of the same field.
    private static readonly string[] s_choices = [nameof(XenPoke.Before), nameof(XenPoke.Bits)];

    private PokeOptions Located => new() { Locator = this };

    public static TheoryData<SimulatedKind, string> Records
    {
        get
        {
            var records = new TheoryData<SimulatedKind, string>();
            foreach (var kind in (SimulatedKind[])[SimulatedKind.PvTwoLevel, SimulatedKind.Pv32TwoLevel, SimulatedKind.PvhTwoLevel])
            {
                foreach (var what in (string[])["mask", "pending", "upcall", "upcall mask", "selector", "told", "field", "clock"])
                    records.Add(kind, what);
            }
            foreach (var what in (string[])["upcall", "upcall mask", "selector"]) records.Add(SimulatedKind.MiniOsBusy, what);
            records.Add(SimulatedKind.PvFifo, "mask");
            records.Add(SimulatedKind.PvhFifo, "upcall mask");
            return records;
        }
    }

    GuestAddress? IPokeLocator.FindEventWord(GuestInspection guest, uint port) =>
        port < EventWord.PerPage ? new GuestAddress(Pfn: 0, Target.Guest(guest.Domain.DomId).ArrayFrame, (int)port * 4) : null;

    GuestAddress? IPokeLocator.FindVcpuRecord(GuestInspection guest, int vcpu) =>
        Target.Guest(guest.Domain.DomId).Vcpus.ElementAtOrDefault(vcpu) is { } found
            ? new GuestAddress(Pfn: 0, found.RecordFrame, found.RecordOffset)
            : null;

    [Theory]
    [MemberData(nameof(Records))]
    public void EveryChangeOfOneMemberIsRefusedOrHitsTheSameField(SimulatedKind kind, string what)
    {
        var guest = Guest(kind);
        guest.IsPaused = true;
        Make(guest, what);
        var poke = Pokes.Pokes[0];
        var start = Frames(guest);
        Assert.Null(Try(poke, isForced: true));
        var undone = Frames(guest);
        Assert.NotEqual(start, undone);
        var (tried, refused) = (0, 0);
        foreach (var (member, mutant) in Mutants(poke))
        {
            foreach (var isForced in (bool[])[false, true])
            {
                Restore(guest, start);
                var mappings = Target.WritableMappings.InAll;
                var error = Try(mutant, isForced);
                var now = Frames(guest);
                var text = $"{member}, force {isForced}: {JsonSerializer.Serialize(mutant)}: {error?.Message}";
                tried++;
                AssertOnlyTheFieldDiffers(start, now, guest, poke, text);
                if (error is not null)
                {
                    refused++;
                    Assert.True(
                        error.Id
                            is XenErrorId.PokeRefused
                                or XenErrorId.PokeLostRace
                                or XenErrorId.DomainNotFound
                                or XenErrorId.SharedInfoNotMapped,
                        text);
                    if (poke.Kind != PokeField.WallClock)
                        Assert.True(start.AsSpan().SequenceEqual(now), text);
                    if (member == nameof(XenPoke.DomId))
                        Assert.Equal(mappings, Target.WritableMappings.InAll);
                }
                else
                {
                    Assert.True(undone.AsSpan().SequenceEqual(now) || s_choices.Contains(member), $"It was believed: {text}");
                }
            }
        }
        Assert.True(tried > 500 && refused > tried / 2, $"{refused} of {tried} refused");
    }

    [Fact]
    public void TheClockOfALiveVcpuIsOutOfReach()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        guest.IsPaused = true;
        Make(guest, "upcall");
        var poke = Pokes.Pokes[0];
        var start = Frames(guest);
        var time = guest.Plan.Layout.Vcpu.TimeOffset;

        for (var offset = -8; offset < 64; offset++)
        {
            foreach (var width in (int[])[1, 2, 4, 8])
            {
                var value = LayoutField.Read(guest.Memory.ReadFrame(poke.Frame!.Value), Math.Max(0, poke.Offset!.Value + offset), width);
                var forged = poke with
                {
                    Offset = poke.Offset + offset,
                    Width = width,
                    Bits = width == 8 ? ulong.MaxValue : (1ul << (8 * width)) - 1,
                    After = value,
                    Before = 0,
                };
                if (forged.Offset == poke.Offset && width == 1)
                    continue;
                Assert.Equal(XenErrorId.PokeRefused, Try(forged, isForced: true)!.Id);
                Assert.Equal(
                    XenErrorId.PokeRefused,
                    Try(
                        forged with
                        {
                            Kind = PokeField.Field,
                            Field = "vcpu_info[0].time.system_time",
                        },
                        isForced: false
                    )!.Id);
            }
        }
        Assert.Equal(start, Frames(guest));
        Assert.True(time > 0);
    }

    [Fact]
    public void ARecordOfADomainThatWasStartedAgainIsRefused()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        guest.IsPaused = true;
        guest.StartTime = "first";
        Make(guest, "mask");
        var poke = Pokes.Pokes[0];
        Assert.Equal("first", poke.DomainStartTime);
        guest.StartTime = "second";

        var error = Try(poke, isForced: true);

        Assert.Equal(XenErrorId.PokeRefused, error?.Id);
        Assert.Contains("started again", error!.Message, StringComparison.Ordinal);
        Assert.Null(Try(poke with { DomainStartTime = "second" }, isForced: false));
    }

    [Fact]
    public void ARecordOfAnotherHostIsRefusedUnlessForced()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        guest.IsPaused = true;
        Make(guest, "mask");
        var poke = Pokes.Pokes[0] with { HostName = "elsewhere" };

        Assert.Equal(XenErrorId.PokeRefused, Try(poke, isForced: false)?.Id);
        Assert.Null(Try(poke, isForced: true));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"DomId\":1,\"Target\":\"Mask\",\"Field\":null,\"Action\":\"SetBits\"}")]
    [InlineData("{\"DomId\":1,\"Target\":\"Mask\",\"Field\":\"f\",\"Action\":\"SetBits\",\"HostName\":null}")]
    [InlineData("{\"DomId\":99999,\"Target\":\"Mask\",\"Field\":\"f\",\"Action\":\"SetBits\"}")]
    [InlineData("{\"DomId\":1,\"Target\":\"Masks\",\"Field\":\"f\",\"Action\":\"SetBits\"}")]
    public void ALineThatIsNoRecordIsIgnored(string line) => Assert.ThrowsAny<JsonException>(() => PokeLine.Read(line));

    private void Make(SimulatedGuest guest, string what)
    {
        var domId = guest.Plan.DomId;
        switch (what)
        {
            case "mask": Runner(Located).SetPort(domId, Disk(guest), masked: true, force: true); break;
            case "pending": Runner(Located).SetPort(domId, Port(guest, port => port.StartsMasked), pending: true, force: true); break;
            case "upcall": Runner(Located).SetVcpu(domId, 0, upcallPending: true, force: true); break;
            case "upcall mask": Runner(Located).SetVcpu(domId, 0, upcallMask: true, force: true); break;
            case "selector": Runner(Located).SetVcpu(domId, 0, selector: 6, force: true); break;
            case "field": Runner(Located).SetField(domId, "arch.max_pfn", 0x1122, force: true); break;
            case "clock": Runner(Located).SetWallClock(domId, new DateTimeOffset(2031, 2, 3, 4, 5, 6, TimeSpan.Zero), force: true); break;
            default:
                // The selector's bit that a channel needs.
                Runner(Located).SetPort(domId, Disk(guest), masked: false, pending: true, force: true);
                Pokes.Pokes.RemoveAll(poke => poke.Kind != PokeField.PendingSelector);
                break;
        }
        if (Pokes.Pokes is [{ Changed: false } only, ..]) Assert.Fail($"Nothing was changed: {JsonSerializer.Serialize(only)}");
    }

    private XenException? Try(XenPoke record, bool isForced)
    {
        try
        {
            Runner(Located).Undo(record, isForced);
            return null;
        }
        catch (XenException error)
        {
            return error;
        }
    }

    // The whole memory of a guest, one frame after the other.
    private static byte[] Frames(SimulatedGuest guest) => [.. Numbers(guest).SelectMany(frame => guest.Memory.ReadFrame(frame).ToArray())];

    private static void Restore(SimulatedGuest guest, byte[] bytes)
    {
        var place = 0;
        foreach (var frame in Numbers(guest))
            bytes.AsSpan(place++ * SharedInfoLayout.PageSize, SharedInfoLayout.PageSize).CopyTo(guest.Memory.Page(frame));
    }

    private static IEnumerable<ulong> Numbers(SimulatedGuest guest) =>
        Enumerable.Range(0, GuestPlan.MemoryPages).Select(guest.Memory.FrameOf).Append(guest.PageFrame!.Value).Distinct();

    private static void AssertOnlyTheFieldDiffers(byte[] start, byte[] now, SimulatedGuest guest, XenPoke poke, string text)
    {
        if (start.AsSpan().SequenceEqual(now)) return;
        var frame = Numbers(guest).ToList().IndexOf(poke.Frame!.Value);
        var layout = guest.Plan.Layout;
        for (var place = 0; place < start.Length; place++)
        {
            if (start[place] == now[place]) continue;
            var offset = place - frame * SharedInfoLayout.PageSize;
            var isField =
                offset >= poke.Offset && offset < poke.Offset + poke.Width
                || poke.Kind == PokeField.WallClock
                    && offset >= layout.WallClockSecondsHigh.Offset
                    && offset < layout.WallClockSecondsHigh.Offset + 4;
            Assert.True(isField, text);
        }
    }

    // Every member, each with values of its type: near ones, large ones, none.
    private static IEnumerable<(string Member, XenPoke Mutant)> Mutants(XenPoke poke)
    {
        var properties = typeof(XenPoke).GetProperties(BindingFlags.Public | BindingFlags.Instance);
        foreach (var property in properties.Where(property => property.CanWrite))
        {
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            var isNullable = Nullable.GetUnderlyingType(property.PropertyType) is not null || !property.PropertyType.IsValueType;
            var now = property.GetValue(poke);
            foreach (var value in Values(type, now).Concat(isNullable ? [null] : []).Where(value => !Equals(value, now)).Distinct())
            {
                var mutant = poke with { };
                property.SetValue(mutant, value);
                yield return (property.Name, mutant);
            }
        }
    }

    private static IEnumerable<object?> Values(Type type, object? now)
    {
        if (type.IsEnum)
            return
            [
                .. Enum.GetValuesAsUnderlyingType(type).Cast<object>().Append(99).Append(-1).Select(value => Enum.ToObject(type, value)),
            ];
        if (type == typeof(string))
            return [.. PokeFields.Names(SharedInfoLayout.X86_64, 2), "", "vcpu_info[99].arch.cr2", "\u202e", now + "x"];
        if (type == typeof(Guid))
            return [Guid.Empty, Guid.NewGuid()];
        if (type == typeof(DateTimeOffset))
            return [DateTimeOffset.MinValue, DateTimeOffset.MaxValue];
        if (!type.IsPrimitive)
            return [Array.Empty<string>()];
        var number = now is null ? 0 : Convert.ToDecimal(now, CultureInfo.InvariantCulture);
        decimal[] near =
        [
            0,
            1,
            2,
            3,
            4,
            5,
            7,
            8,
            12,
            0x20,
            0x28,
            64,
            0xff,
            0x100,
            4092,
            4093,
            4095,
            4096,
            int.MaxValue,
            uint.MaxValue,
            1m + uint.MaxValue,
            ulong.MaxValue,
            -1,
            int.MinValue,
        ];
        var numbers = near.Concat(near.Take(16).Select(step => number + step))
            .Concat(near.Take(16).Select(step => number - step))
            .Append(number * 2);
        return Type.GetTypeCode(type) switch
        {
            TypeCode.UInt16 => numbers.Where(value => value is >= 0 and <= ushort.MaxValue).Select(value => (object)(ushort)value),
            TypeCode.Int32 => numbers.Where(value => value is >= int.MinValue and <= int.MaxValue).Select(value => (object)(int)value),
            TypeCode.UInt32 => numbers.Where(value => value is >= 0 and <= uint.MaxValue).Select(value => (object)(uint)value),
            TypeCode.UInt64 => numbers.Where(value => value is >= 0 and <= ulong.MaxValue).Select(value => (object)(ulong)value),
            _ => throw new InvalidOperationException($"No values for a {type}."),
        };
    }
}
