using FsCheck;
using FsCheck.Fluent;
using XenShared.Fuzz.Samples;
using XenShared.Layout;
using XenShared.Tests.Support;

namespace XenShared.Tests.Layout;

/// <summary>Tests decoding and encoding whole pages.</summary>
public sealed class SharedInfoContentTests
{
    public static TheoryData<GuestLayout> Layouts => new(Enum.GetValues<GuestLayout>());

    [Theory]
    [MemberData(nameof(Layouts))]
    public void EncodingWhatWasDecodedGivesTheFieldBytesAndNoOther(GuestLayout which)
    {
        var layout = SharedInfoLayout.ForLayout(which);
        var isField = FieldBytes.Mark(which);
        Always.Holds(Arbitrary.Page.Two(), pages =>
        {
            var (source, second) = pages;
            var written = second.ToArray();

            SharedInfoContent.Decode(source, layout).Encode(written);

            for (var at = 0; at < written.Length; at++)
                Assert.True(
                    written[at] == (isField[at] ? source : second)[at],
                    $"Byte {at} of {which} is {(isField[at] ? "a field and was not written" : "no field and was touched")}.");
        });
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void DecodingWhatWasEncodedGivesTheContent(GuestLayout which)
    {
        var layout = SharedInfoLayout.ForLayout(which);
        Always.Holds(Content(layout).Zip(Arbitrary.Page), pair =>
        {
            var (content, page) = pair;

            content.Encode(page);
            var decoded = SharedInfoContent.Decode(page, layout);

            Assert.Equal(content.Slots, decoded.Slots);
            Assert.Equal(content.Pending.ToArray(), decoded.Pending.ToArray());
            Assert.Equal(content.Mask.ToArray(), decoded.Mask.ToArray());
            Assert.Equal(content.WallClock, decoded.WallClock);
            Assert.Equal(content.Arch, decoded.Arch);
        });
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void NoPageBreaksADecoder(GuestLayout which)
    {
        var layout = SharedInfoLayout.ForLayout(which);
        Always.Holds(Arbitrary.Page, page =>
        {
            var content = SharedInfoContent.Decode(page, layout);

            Assert.Equal(layout.SlotCount, content.Slots.Count);
            Assert.All(content.Slots, slot => Assert.NotEqual(0ul, PvclockFrequencyTests.Calculate(slot.Time) ?? 1));
            Assert.All(content.Slots, slot => Assert.Equal(which == GuestLayout.Arm, slot.UpcallMask is null && slot.Cr2 is null));
            Assert.Equal(which == GuestLayout.Arm, content.Arch is null);
            _ = content.WallClock.IsPlausible;
        }, cases: 500);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4095)]
    [InlineData(4097)]
    public void AnotherLengthIsNoPage(int length)
    {
        var content = SharedInfoContent.Decode(new byte[4096], SharedInfoLayout.X86_64);

        Assert.Throws<ArgumentException>(() => SharedInfoContent.Decode(new byte[length], SharedInfoLayout.X86_64));
        Assert.Throws<ArgumentException>(() => content.Encode(new byte[length]));
    }

    [Fact]
    public void ContentOfAnotherShapeIsRefusedBeforeAnythingIsWritten()
    {
        var content = SharedInfoContent.Decode(new byte[4096], SharedInfoLayout.X86_64);
        var page = Enumerable.Repeat((byte)0xa5, 4096).ToArray();

        Assert.Throws<ArgumentException>(() => (content with { Layout = SharedInfoLayout.X86_32 }).Encode(page));
        Assert.Throws<ArgumentException>(() => (content with { Slots = [.. content.Slots.Skip(1)] }).Encode(page));
        Assert.Throws<ArgumentException>(() => (content with { Pending = new byte[511] }).Encode(page));
        Assert.Throws<ArgumentException>(() => (content with { Mask = new byte[513] }).Encode(page));

        Assert.All(page, value => Assert.Equal(0xa5, value));
    }

    [Fact]
    public void WhatNeedsMoreThan32BitsDoesNotFitA32BitGuest()
    {
        var content = SharedInfoContent.Decode(new byte[4096], SharedInfoLayout.X86_32);
        var page = new byte[4096];

        Assert.Throws<ArgumentOutOfRangeException>(() =>
            (content with { Arch = new ArchInfoContent(1ul << 32, 0, 0, 0, 0, 0) }).Encode(page));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            (content with { Slots = [content.Slots[0] with { PendingSelector = 1ul << 32 }, .. content.Slots.Skip(1)] }).Encode(page));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            (content with { Slots = [content.Slots[0] with { Cr2 = 1ul << 32 }, .. content.Slots.Skip(1)] }).Encode(page));
    }

    [Fact]
    public void ARecordThatIsCutOffIsRefused()
    {
        foreach (var layout in SharedInfoLayout.All)
        {
            // The last two bytes are padding.
            Assert.Throws<ArgumentOutOfRangeException>(() => VcpuInfoContent.Decode(new byte[layout.Vcpu.Size - 3], layout.Vcpu));
            VcpuInfoContent.Decode(new byte[layout.Vcpu.Size], layout.Vcpu);
        }
    }

    private static Gen<SharedInfoContent> Content(SharedInfoLayout layout)
    {
        var word =
            layout.WordBytes == 8 || layout.Layout == GuestLayout.Arm ? Arbitrary.UInt64 : Arbitrary.UInt32.Select(value => (ulong)value);
        var isArm = layout.Layout == GuestLayout.Arm;
        var time = from version in Arbitrary.UInt32
                   from tsc in Arbitrary.UInt64
                   from system in Arbitrary.UInt64
                   from mul in Arbitrary.UInt32
                   from shift in Arbitrary.Byte
                   from flags in Arbitrary.Byte
                   select new VcpuTimeContent(version, tsc, system, mul, (sbyte)shift, flags);
        var slot = from pending in Arbitrary.Byte
                   from mask in Arbitrary.Byte
                   from selector in word
                   from cr2 in word
                   from clock in time
                   select new VcpuInfoContent(pending, isArm ? null : mask, selector, isArm ? null : cr2, clock);
        return from slots in slot.ArrayOf(layout.SlotCount)
               from pending in Arbitrary.Bytes(layout.BitmapBytes)
               from mask in Arbitrary.Bytes(layout.BitmapBytes)
               from version in Arbitrary.UInt32
               from seconds in Arbitrary.UInt64
               from nanoseconds in Arbitrary.UInt32
               from arch in word.ArrayOf(6)
               select new SharedInfoContent(layout, slots, pending, mask, new WallClockContent(version, seconds, nanoseconds),
                   isArm ? null : new ArchInfoContent(arch[0], arch[1], arch[2], arch[3], arch[4], arch[5]));
    }
}
