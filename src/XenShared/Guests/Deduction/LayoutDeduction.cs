using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Guests.Deduction;

/// <summary>
/// Represents the deduced layout of a guest's shared page. Xen reports the width of PV guests only. For other guests, Xen keeps the layout
/// in a field that no call returns (set by <c>hvm_latch_shinfo_size</c>). So it is deduced from the offsets of the mask and of the wall
/// clock, which Xen writes in this layout only.
/// </summary>
/// <param name="Layout">The layout; null if it is not known.</param>
/// <param name="Evidence">The evidence.</param>
public readonly record struct LayoutDeduction(SharedInfoLayout? Layout, string Evidence)
{
    /// <summary>The number of mask words that must have all bits set as evidence that a kernel has set up the mask.</summary>
    private const int SetUpWords = 16;

    /// <summary>Gets the width in bits, 32 or 64; null if the layout is not known.</summary>
    public int? Width => Layout?.Layout switch
    {
        GuestLayout.X86_64 => 64,
        GuestLayout.X86_32 => 32,
        GuestLayout.Arm => 64,
        _ => null,
    };

    /// <summary>Deduces the layout.</summary>
    /// <param name="domain">The domain information from Xen.</param>
    /// <param name="architecture">The architecture of the host; null if it is not known, as for a single page.</param>
    /// <param name="sample">The sample with the page; null if it could not be read.</param>
    /// <param name="hostClock">The wall clock of a domain without a time offset (dom0), to detect a time offset; null if not known.</param>
    public static LayoutDeduction Deduce(DomainInfo domain, string? architecture, DomainSample? sample, WallClockContent? hostClock)
    {
        ArgumentNullException.ThrowIfNull(domain);
        if (architecture is not (null or "x86_64")) return new(SharedInfoLayout.Arm, "the host is Arm");
        if (domain.PvWidth is { } width)
            return new(
                width == 32 ? SharedInfoLayout.X86_32 : SharedInfoLayout.X86_64,
                $"Xen reports that this PV guest is {width} bits wide");
        if (sample is null) return new(null, "its page could not be read");
        return architecture is null ? DeduceFromAnyPage(sample.Page.Span) : DeduceFromPage(sample.Page.Span, hostClock);
    }

    // Deduces the layout of a page that can be of x86 or of Arm. In the Arm layout, mask and wall clock are at offsets at which a page of
    // x86 has vCPU slots. A slot never looks like a mask or a wall clock. So a mask or a wall clock at these offsets is evidence for Arm.
    private static LayoutDeduction DeduceFromAnyPage(ReadOnlySpan<byte> page)
    {
        var x86 = DeduceFromPage(page, hostClock: null);
        if (!HasSetUpMask(page, SharedInfoLayout.Arm) && !WallClockContent.Decode(page, SharedInfoLayout.Arm).IsPlausible) return x86;
        return x86.Layout is null && !WallClockContent.Decode(page, SharedInfoLayout.X86_64).IsPlausible
            ? new(SharedInfoLayout.Arm, "the mask or the wall clock is at the offset of the Arm layout")
            : new(null, "masks or wall clocks are at the offsets of x86 and at those of Arm");
    }

    private static LayoutDeduction DeduceFromPage(ReadOnlySpan<byte> page, WallClockContent? hostClock)
    {
        if (HasSetUpMask(page, SharedInfoLayout.X86_64))
            return new(SharedInfoLayout.X86_64, "the mask of the 64-bit layout is set up");
        if (HasSetUpMask(page, SharedInfoLayout.X86_32))
            return new(SharedInfoLayout.X86_32, "the mask of the 32-bit layout is set up");
        var wide = WallClockContent.Decode(page, SharedInfoLayout.X86_64);
        var narrow = WallClockContent.Decode(page, SharedInfoLayout.X86_32);
        return (wide.IsPlausible, narrow.IsPlausible) switch
        {
            (true, false) => new(SharedInfoLayout.X86_64, "the wall clock is at the offset of the 64-bit layout"),
            (false, true) => new(
                SharedInfoLayout.X86_32,
                "the wall clock is at the offset of the 32-bit layout: firmware, a 32-bit kernel, or one without PV drivers"),
            (true, true) => DeduceFromBothClocks(wide, hostClock),
            _ => new(null, "neither layout has a wall clock"),
        };
    }

    // Deduces the layout if the page has a wall clock of each x86 layout. The 32-bit one is from the time when firmware ran. The 64-bit one
    // shows a 64-bit kernel, for which Xen writes it. But Xen also writes the 64-bit one once (version 2) when a domain with a time offset
    // is created (xc_domain_set_time_offset). So the version and the offset are checked.
    private static LayoutDeduction DeduceFromBothClocks(WallClockContent wide, WallClockContent? hostClock)
    {
        if (wide.Version > 2)
            return new(
                SharedInfoLayout.X86_64,
                $"wall clocks of both layouts; the 64-bit one was written {wide.Version / 2} times, the 32-bit one is the firmware's");
        if (hostClock is not { } host)
            return new(null, "wall clocks of both layouts, and no clock of the host to determine a time offset");
        var offset = Math.Abs((double)wide.Seconds - host.Seconds);
        return offset < 2
            ? new(
                SharedInfoLayout.X86_64,
                "wall clocks of both layouts; the guest has no time offset, so Xen wrote the later one for a 64-bit kernel")
            : new(
                null,
                FormattableString.Invariant(
                    $"wall clocks of both layouts, and a time offset of {offset:0} s, for which Xen wrote the 64-bit one at build"));
    }

    private static bool HasSetUpMask(ReadOnlySpan<byte> page, SharedInfoLayout layout)
    {
        var ones = 0;
        var mask = page.Slice(layout.MaskOffset, layout.BitmapBytes);
        for (; mask.Length >= layout.WordBytes; mask = mask[layout.WordBytes..])
            ones += mask[..layout.WordBytes].IndexOfAnyExcept((byte)0xff) < 0 ? 1 : 0;
        return ones >= SetUpWords;
    }
}
