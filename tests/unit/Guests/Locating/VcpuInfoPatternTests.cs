using System.Buffers.Binary;
using FsCheck.Fluent;
using XenShared.Guests.Locating;
using XenShared.Layout;
using XenShared.Tests.Support;

namespace XenShared.Tests.Guests.Locating;

/// <summary>Tests which bytes can be a vCPU record, and that no record is overlooked.</summary>
public sealed class VcpuInfoPatternTests
{
    private static readonly VcpuInfoPattern s_pattern = VcpuInfoPattern.FromSlots([RecordBytes.Time()])!;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(0xcc)] // poison
    [InlineData(0xff)]
    public void ARecordIsFoundAtEveryPlace(byte around)
    {
        for (var offset = 0; offset <= 4032; offset += 8)
        {
            var page = new byte[4096];
            page.AsSpan().Fill(around);
            RecordBytes.Create(RecordBytes.Time()).CopyTo(page, offset);

            Assert.Equal(offset, s_pattern.Next(page, 0));
            Assert.Equal(offset, s_pattern.Next(page, offset));
            Assert.Equal(-1, s_pattern.Next(page, offset + 8));
        }
    }

    [Fact]
    public void AnUnalignedRecordIsRejected()
    {
        var page = new byte[4096];
        RecordBytes.Create(RecordBytes.Time()).CopyTo(page, 0x104);

        Assert.Equal(-1, s_pattern.Next(page, 0));
    }

    [Fact]
    public void TheSearchFindsWhatAPlainOneFinds() => Always.Holds(Gen.Choose(0, int.MaxValue).Select(MakePage), page =>
    {
        Assert.Equal(PlainSearch(page), FindAll(page));
    }, cases: 400);

    [Theory]
    // Ten per cent of 0xc0000000 below and above, and a step beyond.
    [InlineData(0xaccc_cccdu, -1, true)]
    [InlineData(0xaccc_cccbu, -1, false)]
    [InlineData(0xd333_3333u, -1, true)]
    [InlineData(0xd333_3334u, -1, false)]
    [InlineData(0xc000_0000u, 0, false)]
    [InlineData(0xc000_0000u, -2, false)]
    [InlineData(0xc000_0000u, 1, false)]
    public void TheMultiplierDriftsATenth(uint multiplier, sbyte shift, bool isRecord) =>
        AssertFound(s_pattern, RecordBytes.Time(multiplier: multiplier, shift: shift), isRecord);

    [Theory]
    [InlineData(0x8000_0000u, 3, true)]
    [InlineData(0x8ccc_ccccu, 3, true)]
    [InlineData(0x8ccc_ccceu, 3, false)]
    // Half a shift down: the multiplier of 0x73333333 is written as 0xe6666666.
    [InlineData(0xffff_ffffu, 2, true)]
    [InlineData(0xe666_6668u, 2, true)]
    [InlineData(0xe666_6660u, 2, false)]
    [InlineData(0x8000_0000u, 2, false)]
    [InlineData(0xffff_ffffu, 3, false)]
    [InlineData(0x8000_0000u, 4, false)]
    [InlineData(0x7fff_ffffu, 3, false)]
    public void OverTheLowerEdgeTheShiftFalls(uint multiplier, sbyte shift, bool isRecord) =>
        AssertFound(
            VcpuInfoPattern.FromSlots([RecordBytes.Time(multiplier: 0x8000_0000, shift: 3)])!,
            RecordBytes.Time(multiplier: multiplier, shift: shift),
            isRecord);

    [Theory]
    [InlineData(0xffff_ffffu, -1, true)]
    [InlineData(0xe666_6667u, -1, true)]
    [InlineData(0xe666_6660u, -1, false)]
    // The multiplier of 0x119999998 is written as 0x8ccccccc.
    [InlineData(0x8000_0000u, 0, true)]
    [InlineData(0x8ccc_ccccu, 0, true)]
    [InlineData(0x8ccc_ccceu, 0, false)]
    [InlineData(0xffff_ffffu, 0, false)]
    [InlineData(0x8000_0000u, -1, false)]
    [InlineData(0x8000_0000u, -2, false)]
    public void OverTheUpperEdgeTheShiftRises(uint multiplier, sbyte shift, bool isRecord) =>
        AssertFound(
            VcpuInfoPattern.FromSlots([RecordBytes.Time(multiplier: 0xffff_ffff, shift: -1)])!,
            RecordBytes.Time(multiplier: multiplier, shift: shift),
            isRecord);

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    [InlineData(0x80, false)]
    public void TwoFlagsMayBeSet(byte flags, bool isRecord) => AssertFound(s_pattern, RecordBytes.Time(flags: flags), isRecord);

    [Theory]
    [InlineData(0, 1, true)]
    [InlineData(1, 1, true)]
    [InlineData(0, 2, false)] // upcall pending
    [InlineData(1, 2, false)] // upcall mask
    [InlineData(2, 0xff, true)]
    [InlineData(5, 0xff, true)] // the selector of a guest that Xen took for 32 bits wide
    [InlineData(7, 0xff, true)]
    [InlineData(8, 0xff, true)] // the selector
    [InlineData(16, 0xff, true)] // the page fault address
    [InlineData(36, 1, false)] // padding
    [InlineData(39, 0x80, false)]
    [InlineData(62, 1, false)]
    [InlineData(63, 0x80, false)]
    [InlineData(47, 0x80, false)] // a TSC that would have run for a century
    [InlineData(55, 0x80, false)] // a time before Xen's start
    public void OneOctetDecides(int at, byte value, bool isRecord)
    {
        var record = RecordBytes.Create(RecordBytes.Time());
        record[at] = value;

        AssertFound(s_pattern, record, isRecord);
    }

    [Fact]
    public void ARecordThatWasNeverFilledIsRejected()
    {
        AssertFound(s_pattern, RecordBytes.Time(version: 0), isRecord: false);
        AssertFound(s_pattern, RecordBytes.Time(systemTime: 0), isRecord: false);
        AssertFound(s_pattern, RecordBytes.Time() with { TscTimestamp = 0 }, isRecord: false);
        AssertFound(s_pattern, RecordBytes.Time() with { TscTimestamp = long.MaxValue }, isRecord: false);
        AssertFound(s_pattern, RecordBytes.Time(systemTime: long.MaxValue), isRecord: false);
        AssertFound(s_pattern, RecordBytes.Time(version: 1), isRecord: true); // just being written
    }

    [Fact]
    public void SlotsThatWereNeverFilledAreNoEvidence()
    {
        Assert.Null(VcpuInfoPattern.FromSlots([]));
        Assert.Null(VcpuInfoPattern.FromSlots([default, default]));
        Assert.Null(VcpuInfoPattern.FromSlots([RecordBytes.Time(version: 0)]));
        Assert.Null(VcpuInfoPattern.FromSlots([RecordBytes.Time(multiplier: 0x7fff_ffff)]));
        Assert.NotNull(VcpuInfoPattern.FromSlots([default, RecordBytes.Time()]));
    }

    [Fact]
    public void EverySlotIsAMeasure()
    {
        var pattern = VcpuInfoPattern.FromSlots([RecordBytes.Time(), default, RecordBytes.Time(multiplier: 0x9000_0000, shift: 5)])!;

        AssertFound(pattern, RecordBytes.Time(), isRecord: true);
        AssertFound(pattern, RecordBytes.Time(multiplier: 0x9100_0000, shift: 5), isRecord: true);
        AssertFound(pattern, RecordBytes.Time(multiplier: 0xc000_0000, shift: 5), isRecord: false);
        AssertFound(pattern, RecordBytes.Time(multiplier: 0x9100_0000), isRecord: false);
    }

    private static void AssertFound(VcpuInfoPattern pattern, VcpuTimeContent time, bool isRecord) =>
        AssertFound(pattern, RecordBytes.Create(time), isRecord);

    private static void AssertFound(VcpuInfoPattern pattern, byte[] record, bool isRecord)
    {
        Assert.Equal(isRecord, pattern.Matches(record));
        foreach (var offset in (int[])[0, 8, 0xe0, 0x3c0, 4032])
        {
            var page = new byte[4096];
            record.CopyTo(page, offset);
            Assert.Equal(isRecord ? offset : -1, pattern.Next(page, 0));
        }
    }

    private static List<int> FindAll(byte[] page)
    {
        var found = new List<int>();
        for (var at = s_pattern.Next(page, 0); at >= 0; at = s_pattern.Next(page, at + 8)) found.Add(at);
        return found;
    }

    // Written from the description of the record, member by member.
    private static IEnumerable<int> PlainSearch(byte[] page)
    {
        for (var at = 0; at + 64 <= page.Length; at += 8)
        {
            var record = page.AsSpan(at, 64);
            var multiplier = (double)BinaryPrimitives.ReadUInt32LittleEndian(record[56..]);
            if (record[0] <= 1 && record[1] <= 1
                && BinaryPrimitives.ReadUInt32LittleEndian(record[32..]) != 0
                && BinaryPrimitives.ReadUInt32LittleEndian(record[36..]) == 0
                && BinaryPrimitives.ReadInt64LittleEndian(record[40..]) is > 0 and < long.MaxValue
                && BinaryPrimitives.ReadInt64LittleEndian(record[48..]) is > 0 and < long.MaxValue
                && multiplier / RecordBytes.Multiplier is > 0.8999999999 and < 1.1000000001
                && (sbyte)record[60] == RecordBytes.Shift && record[61] <= 3 && record[62] == 0 && record[63] == 0)
                yield return at;
        }
    }

    // Records side by side and one in the other, in noise or in nothing, some of them with one octet changed.
    private static byte[] MakePage(int seed)
    {
        var random = new Random(seed);
        var page = new byte[4096];
        if (random.Next(2) == 0) random.NextBytes(page);
        for (var count = random.Next(12); count > 0; count--)
        {
            var drift = (uint)(RecordBytes.Multiplier * (0.85 + random.NextDouble() * 0.3));
            var record = RecordBytes.Create(
                RecordBytes.Time((uint)random.Next(3) * 2, (ulong)random.NextInt64(), drift, flags: (byte)random.Next(5)),
                selector: (ulong)random.NextInt64());
            if (random.Next(3) == 0)
                record[random.Next(64)] = (byte)random.Next(4);
            record.CopyTo(page, random.Next(505) * 8);
        }
        return page;
    }
}
