using System.Buffers.Binary;
using XenShared.Fuzz.Samples;
using XenShared.Layout;
using XenShared.Tests.Support;

namespace XenShared.Tests.Layout;

/// <summary>Compares decoded real pages with the output of a C program about the same pages.</summary>
public sealed class GoldenPageTests
{
    [Theory]
    [MemberData(nameof(GoldenGuest.Paused), MemberType = typeof(GoldenGuest))]
    public void RunningGuest(string guest) => AssertAsReported(GoldenGuest.Named(guest).Page, GoldenGuest.Named(guest).Report);

    [Theory]
    [MemberData(nameof(GoldenGuest.Paused), MemberType = typeof(GoldenGuest))]
    public void PausedGuest(string guest) => AssertAsReported(GoldenGuest.Named(guest).PausedPage, GoldenGuest.Named(guest).PausedReport);

    [Fact]
    public void TheControlDomainsFirstBytes()
    {
        // The program printed the first 48 bytes of dom0's page only.
        var slot = SharedInfoContent.Decode(GoldenGuest.Named("dom0").Page.Span, SharedInfoLayout.X86_64).Slots[0];

        Assert.Equal((byte)0, slot.UpcallPending);
        Assert.Equal((byte)1, slot.UpcallMask);
        Assert.Equal(0xffffc90000200000ul, slot.Cr2);
        Assert.Equal(4u, slot.Time.Version);
        Assert.Equal(0x1d042fdceul, slot.Time.TscTimestamp);
    }

    private static void AssertAsReported(ReadOnlyMemory<byte> page, PageReport report)
    {
        var content = SharedInfoContent.Decode(page.Span, SharedInfoLayout.X86_64);

        Assert.Equal(report.Slot0, content.Slots[0]);
        Assert.Equal(report.WallClock, content.WallClock);
        Assert.Equal(report.Arch, content.Arch);
        // The timer of a running guest can change between the output of the program and the copy of the page.
        if (!report.PendingChanged) Assert.Equal(report.PendingWords, Words(content.Pending, word => word != 0));
        Assert.Equal(report.MixedMaskWords, Words(content.Mask, word => word is not (0 or ulong.MaxValue)));
        Assert.Equal(report.MaskWordsAllOnes, Words(content.Mask, word => word == ulong.MaxValue).Count);
        Assert.Equal(report.MaskWordsAllZero, Words(content.Mask, word => word == 0).Count);
    }

    private static Dictionary<int, ulong> Words(ReadOnlyMemory<byte> bitmap, Func<ulong, bool> wanted) =>
        Enumerable
            .Range(0, bitmap.Length / 8)
            .Select(index => (index, Word: BinaryPrimitives.ReadUInt64LittleEndian(bitmap.Span[(index * 8)..])))
            .Where(word => wanted(word.Word))
            .ToDictionary(word => word.index, word => word.Word);
}
