using XenShared.Layout;

namespace XenShared.Benchmarks;

/// <summary>Pages to measure with.</summary>
internal static class Pages
{
    /// <summary>A two-level Linux guest's: a clock, 8 ports bound and unmasked, one of them pending, the other 4,088 masked.</summary>
    public static byte[] TwoLevel(int seed = 1)
    {
        var random = new Random(seed);
        var page = new byte[SharedInfoLayout.PageSize];
        var layout = SharedInfoLayout.X86_64;
        new WallClockContent(2, 1_795_339_794, 58_692_473).Encode(page, layout);
        // What differs from guest to guest, so that a capture of many does not compress to nothing.
        var time = new VcpuTimeContent(2, (ulong)random.NextInt64(), (ulong)random.NextInt64(), 0xc537_8732, -1, 0);
        new VcpuInfoContent(0, 1, 0, (ulong)random.NextInt64(), time).Encode(page, layout.Vcpu);
        new ArchInfoContent(0x8000, (ulong)random.Next(), 0, (ulong)random.NextInt64(), 0xffff_c900_0000_0000, 0).Encode(
            page,
            layout.Arch!);
        page.AsSpan(layout.MaskOffset, layout.BitmapBytes).Fill(0xff);
        page[layout.MaskOffset] = 0x01;
        page[layout.MaskOffset + 1] = 0xfe;
        page[layout.PendingOffset] = 0x08;
        return page;
    }
}
