using XenShared.Layout;

namespace XenShared.Fuzz.Samples;

/// <summary>Holds every value of a shared page in one layout: the values of the bytes, whether or not Xen still updates them.</summary>
public sealed record SharedInfoContent(
    SharedInfoLayout Layout,
    IReadOnlyList<VcpuInfoContent> Slots,
    ReadOnlyMemory<byte> Pending,
    ReadOnlyMemory<byte> Mask,
    WallClockContent WallClock,
    ArchInfoContent? Arch)
{
    /// <summary>Decodes a page.</summary>
    /// <exception cref="ArgumentException">The page is not 4,096 bytes long.</exception>
    public static SharedInfoContent Decode(ReadOnlySpan<byte> page, SharedInfoLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        CheckPage(page.Length);
        var slots = new VcpuInfoContent[layout.SlotCount];
        for (var slot = 0; slot < slots.Length; slot++)
            slots[slot] = VcpuInfoContent.Decode(page.Slice(slot * layout.Vcpu.Size, layout.Vcpu.Size), layout.Vcpu);
        return new(
            layout,
            slots,
            page.Slice(layout.PendingOffset, layout.BitmapBytes).ToArray(),
            page.Slice(layout.MaskOffset, layout.BitmapBytes).ToArray(),
            WallClockContent.Decode(page, layout),
            layout.HasArch ? ArchInfoContent.Decode(page, layout) : null);
    }

    /// <summary>Stores every value in a copy of a page. Bytes that belong to no field are not changed.</summary>
    /// <exception cref="ArgumentException">The page is not 4,096 bytes long, or the content does not fit the layout.</exception>
    public void Encode(Span<byte> page)
    {
        CheckPage(page.Length);
        if (Slots.Count != Layout.SlotCount || Pending.Length != Layout.BitmapBytes || Mask.Length != Layout.BitmapBytes)
            throw new ArgumentException($"The content does not have the shape of {Layout.Layout}.");
        for (var slot = 0; slot < Slots.Count; slot++)
            Slots[slot].Encode(page.Slice(slot * Layout.Vcpu.Size, Layout.Vcpu.Size), Layout.Vcpu);
        Pending.Span.CopyTo(page[Layout.PendingOffset..]);
        Mask.Span.CopyTo(page[Layout.MaskOffset..]);
        WallClock.Encode(page, Layout);
        if (Layout.HasArch) Arch.GetValueOrDefault().Encode(page, Layout);
    }

    private static void CheckPage(int length)
    {
        if (length != SharedInfoLayout.PageSize)
            throw new ArgumentException($"A shared page has {SharedInfoLayout.PageSize} bytes, not {length}.");
    }
}
