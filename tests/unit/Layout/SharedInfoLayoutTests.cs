using XenShared.Layout;

namespace XenShared.Tests.Layout;

/// <summary>Compares the layouts with numbers from offsetof and sizeof on Xen's public headers.</summary>
public sealed class SharedInfoLayoutTests
{
    [Theory]
    [InlineData(GuestLayout.X86_64, 3136, 32, 64, 2048, 2560, 512, 4096, 8)]
    [InlineData(GuestLayout.X86_32, 2344, 32, 64, 2048, 2176, 128, 1024, 4)]
    [InlineData(GuestLayout.Arm, 1088, 1, 48, 48, 560, 512, 4096, 8)]
    public void SizesAndBitmaps(
        GuestLayout which,
        int size,
        int slots,
        int slotSize,
        int pending,
        int mask,
        int bitmap,
        int ports,
        int word)
    {
        var layout = SharedInfoLayout.ForLayout(which);

        Assert.Equal(which, layout.Layout);
        Assert.Equal(size, layout.Size);
        Assert.Equal(slots, layout.SlotCount);
        Assert.Equal(slotSize, layout.Vcpu.Size);
        Assert.Equal(pending, layout.PendingOffset);
        Assert.Equal(mask, layout.MaskOffset);
        Assert.Equal(bitmap, layout.BitmapBytes);
        Assert.Equal(ports, layout.PortCount);
        Assert.Equal(word, layout.WordBytes);
    }

    [Theory]
    [InlineData(GuestLayout.X86_64, 3072, 3076, 3080, 3084)]
    [InlineData(GuestLayout.X86_32, 2304, 2308, 2312, 2340)]
    [InlineData(GuestLayout.Arm, 1072, 1076, 1080, 1084)]
    public void WallClock(GuestLayout which, int version, int seconds, int nanoseconds, int secondsHigh)
    {
        var layout = SharedInfoLayout.ForLayout(which);

        Assert.Equal((version, 4), (layout.WallClockVersion.Offset, layout.WallClockVersion.Width));
        Assert.Equal((seconds, 4), (layout.WallClockSeconds.Offset, layout.WallClockSeconds.Width));
        Assert.Equal((nanoseconds, 4), (layout.WallClockNanoseconds.Offset, layout.WallClockNanoseconds.Width));
        Assert.Equal((secondsHigh, 4), (layout.WallClockSecondsHigh.Offset, layout.WallClockSecondsHigh.Width));
    }

    [Theory]
    [InlineData(GuestLayout.X86_64, 8, 3088, 3096, 3104, 3112, 3120, 3128)]
    [InlineData(GuestLayout.X86_32, 4, 2316, 2320, 2324, 2328, 2332, 2336)]
    public void ArchitecturePart(GuestLayout which, int width, int maxPfn, int frameList, int nmiReason, int cr3, int vaddr, int generation)
    {
        var layout = SharedInfoLayout.ForLayout(which);
        LayoutField[] fields =
        [
            layout.MaxPfn,
            layout.PfnToMfnFrameListList,
            layout.NmiReason,
            layout.P2mCr3,
            layout.P2mVaddr,
            layout.P2mGeneration,
        ];

        Assert.True(layout.HasArch);
        Assert.Equal([maxPfn, frameList, nmiReason, cr3, vaddr, generation], fields.Select(field => field.Offset));
        Assert.All(fields, field => Assert.Equal(width, field.Width));
        Assert.Equal(
            ["arch.max_pfn", "arch.pfn_to_mfn_frame_list_list", "arch.nmi_reason", "arch.p2m_cr3", "arch.p2m_vaddr", "arch.p2m_generation"],
            fields.Select(field => field.Name));
    }

    [Fact]
    public void ArmHasNoArchitecturePart()
    {
        Assert.False(SharedInfoLayout.Arm.HasArch);
        Assert.DoesNotContain(SharedInfoLayout.Arm.Fields, field => field.Name.StartsWith("arch.", StringComparison.Ordinal));
        Assert.Throws<ArgumentOutOfRangeException>(() => SharedInfoLayout.Arm.MaxPfn.Read(new byte[4096]));
    }

    [Theory]
    [InlineData(GuestLayout.X86_64, 8, 8, 16, 8, 32)]
    [InlineData(GuestLayout.X86_32, 4, 4, 8, 4, 32)]
    public void VcpuInfoOnX86(GuestLayout which, int selector, int selectorWidth, int cr2, int cr2Width, int time)
    {
        var vcpu = SharedInfoLayout.ForLayout(which).Vcpu;

        Assert.Equal((0, 1), (vcpu.UpcallPending.Offset, vcpu.UpcallPending.Width));
        Assert.Equal((1, 1), (vcpu.UpcallMask?.Offset, vcpu.UpcallMask?.Width));
        Assert.Equal((selector, selectorWidth), (vcpu.PendingSelector.Offset, vcpu.PendingSelector.Width));
        Assert.Equal((cr2, cr2Width), (vcpu.Cr2?.Offset, vcpu.Cr2?.Width));
        AssertTime(vcpu, time);
    }

    [Fact]
    public void VcpuInfoOnArm()
    {
        var vcpu = SharedInfoLayout.Arm.Vcpu;

        Assert.Equal((0, 1), (vcpu.UpcallPending.Offset, vcpu.UpcallPending.Width));
        Assert.Null(vcpu.UpcallMask);
        Assert.Equal((8, 8), (vcpu.PendingSelector.Offset, vcpu.PendingSelector.Width));
        Assert.Null(vcpu.Cr2);
        AssertTime(vcpu, 16);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void FieldsLieInsideAndApart(GuestLayout which)
    {
        var layout = SharedInfoLayout.ForLayout(which);

        AssertApart(layout.Vcpu.Fields, layout.Vcpu.Size);
        AssertApart(layout.Fields, layout.Size);
        Assert.Equal(layout.SlotCount * layout.Vcpu.Size, layout.PendingOffset);
        Assert.Equal(layout.MaskOffset + layout.BitmapBytes, layout.Fields.First().Offset);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void OnlyTheShiftIsSigned(GuestLayout which)
    {
        var layout = SharedInfoLayout.ForLayout(which);

        Assert.Equal(["time.tsc_shift"], layout.Vcpu.Fields.Concat(layout.Fields).Where(field => field.Signed).Select(field => field.Name));
    }

    [Theory]
    [InlineData(GuestLayout.X86_64, 0, 0)]
    [InlineData(GuestLayout.X86_64, 31, 1984)]
    [InlineData(GuestLayout.X86_64, 32, null)]
    [InlineData(GuestLayout.X86_32, 31, 1984)]
    [InlineData(GuestLayout.X86_32, 32, null)]
    [InlineData(GuestLayout.Arm, 0, 0)]
    [InlineData(GuestLayout.Arm, 1, null)]
    [InlineData(GuestLayout.Arm, -1, null)]
    [InlineData(GuestLayout.X86_64, int.MinValue, null)]
    [InlineData(GuestLayout.X86_64, int.MaxValue, null)]
    public void SlotOffsets(GuestLayout which, int vcpu, int? offset) =>
        Assert.Equal(offset, SharedInfoLayout.ForLayout(which).SlotOffset(vcpu));

    [Fact]
    public void AllHasEachLayoutOnce() => Assert.Equal(Enum.GetValues<GuestLayout>(), SharedInfoLayout.All.Select(layout => layout.Layout));

    [Fact]
    public void AnUnknownLayoutIsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => SharedInfoLayout.ForLayout((GuestLayout)3));

    public static TheoryData<GuestLayout> Layouts => new(Enum.GetValues<GuestLayout>());

    private static void AssertTime(VcpuInfoLayout vcpu, int start)
    {
        Assert.Equal(start, vcpu.TimeOffset);
        Assert.Equal((start, 4), (vcpu.Version.Offset, vcpu.Version.Width));
        Assert.Equal((start + 8, 8), (vcpu.TscTimestamp.Offset, vcpu.TscTimestamp.Width));
        Assert.Equal((start + 16, 8), (vcpu.SystemTime.Offset, vcpu.SystemTime.Width));
        Assert.Equal((start + 24, 4), (vcpu.TscToSystemMul.Offset, vcpu.TscToSystemMul.Width));
        Assert.Equal((start + 28, 1), (vcpu.TscShift.Offset, vcpu.TscShift.Width));
        Assert.Equal((start + 29, 1), (vcpu.Flags.Offset, vcpu.Flags.Width));
        Assert.Equal(start + 32, vcpu.Size);
    }

    private static void AssertApart(IEnumerable<LayoutField> fields, int size)
    {
        var end = 0;
        foreach (var field in fields)
        {
            Assert.True(field.Offset >= end, $"{field.Name} overlaps what comes before it.");
            Assert.Equal(0, field.Offset % field.Width);
            end = field.Offset + field.Width;
        }
        Assert.True(end <= size, "The last field ends outside.");
    }
}
