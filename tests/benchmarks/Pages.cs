using XenShared.Layout;

namespace XenShared.Benchmarks;

/// <summary>Creates pages to measure with.</summary>
internal static class Pages
{
    /// <summary>
    /// Creates the page of a two-level Linux guest: a clock, 8 ports bound and unmasked, one of them pending, and the other 4,088 masked.
    /// </summary>
    public static byte[] TwoLevel(int seed = 1)
    {
        var random = new Random(seed);
        var page = new byte[SharedInfoLayout.PageSize];
        var layout = SharedInfoLayout.X86_64;
        new WallClockContent(2, 1_795_339_794, 58_692_473).Encode(page, layout);
        // What differs from guest to guest, so that a capture of many does not compress to nothing.
        layout.Vcpu.Version.Write(page, 2);
        layout.Vcpu.TscTimestamp.Write(page, (ulong)random.NextInt64());
        layout.Vcpu.SystemTime.Write(page, (ulong)random.NextInt64());
        layout.Vcpu.TscToSystemMul.Write(page, 0xc537_8732);
        layout.Vcpu.TscShift.Write(page, 0xff);
        layout.Vcpu.UpcallMask!.Value.Write(page, 1);
        layout.Vcpu.Cr2!.Value.Write(page, (ulong)random.NextInt64());
        new ArchInfoContent(0x8000, (ulong)random.Next(), 0, (ulong)random.NextInt64(), 0xffff_c900_0000_0000, 0).Encode(
            page,
            layout);
        page.AsSpan(layout.MaskOffset, layout.BitmapBytes).Fill(0xff);
        page[layout.MaskOffset] = 0x01;
        page[layout.MaskOffset + 1] = 0xfe;
        page[layout.PendingOffset] = 0x08;
        return page;
    }
}
