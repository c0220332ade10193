using XenShared.Layout;

namespace XenShared.Tests.Layout;

/// <summary>Tests the ranges that a version counter protects.</summary>
public sealed class SeqlockRangeTests
{
    [Theory]
    [InlineData(GuestLayout.X86_64, 3072, 16)]
    [InlineData(GuestLayout.X86_32, 2304, 12)]
    [InlineData(GuestLayout.Arm, 1072, 16)]
    public void WallClocks(GuestLayout which, int offset, int length)
    {
        var range = SeqlockRange.WallClock(SharedInfoLayout.ForLayout(which));

        Assert.Equal((offset, length, offset), (range.Offset, range.Length, range.Version.Offset));
        Assert.Equal($"{which} wall clock", range.Name);
    }

    [Theory]
    [InlineData(0, 32)]
    [InlineData(1, 96)]
    [InlineData(31, 2016)]
    public void SlotsLieAlikeInBothX86Layouts(int slot, int offset)
    {
        var range = SeqlockRange.SlotTime(SharedInfoLayout.X86_64, slot);

        Assert.Equal(range, SeqlockRange.SlotTime(SharedInfoLayout.X86_32, slot));
        Assert.Equal((offset, 32, offset, 4), (range.Offset, range.Length, range.Version.Offset, range.Version.Width));
        Assert.Equal($"vCPU {slot} time", range.Name);
    }

    [Theory]
    [InlineData(GuestLayout.X86_64, 3112, 24, 3128, 8)]
    [InlineData(GuestLayout.X86_32, 2328, 12, 2336, 4)]
    public void P2mWords(GuestLayout which, int offset, int length, int version, int width)
    {
        var layout = SharedInfoLayout.ForLayout(which);

        var range = SeqlockRange.P2m(layout);

        Assert.Equal((offset, length, version, width), (range.Offset, range.Length, range.Version.Offset, range.Version.Width));
    }
}
