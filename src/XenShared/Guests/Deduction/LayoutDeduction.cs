using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Guests.Deduction;

/// <summary>
/// In which shape a guest and Xen read the page. Xen tells it of PV guests only; of others it keeps a latch that no call shows
/// (<c>hvm_latch_shinfo_size</c>), so it is read from what Xen writes into one shape and not into the other: the wall clock.
/// </summary>
/// <param name="Layout">Null when the page does not tell.</param>
/// <param name="Evidence">Why.</param>
public readonly record struct LayoutDeduction(SharedInfoLayout? Layout, string Evidence)
{
    /// <summary>Words of a mask that must be all ones before it counts as one that a kernel has set up.</summary>
    private const int SetUpWords = 16;

    /// <summary>32 or 64; null when the layout is not known.</summary>
    public int? Width => Layout?.Layout switch
    {
        GuestLayout.X86_64 => 64,
        GuestLayout.X86_32 => 32,
        GuestLayout.Arm => 64,
        _ => null,
    };

    /// <summary>Deduces the layout.</summary>
    /// <param name="domain">What Xen says of the domain.</param>
    /// <param name="architecture">The host's; null when it is not known, as of a bare page.</param>
    /// <param name="page">Its page; null when it could not be read.</param>
    /// <param name="hostClock">The wall clock of a domain without a time offset (dom0), to know one with an offset by; null when not
    /// known.</param>
    public static LayoutDeduction Deduce(DomainInfo domain, string? architecture, PageSnapshot? page, WallClockContent? hostClock)
    {
        ArgumentNullException.ThrowIfNull(domain);
        if (architecture is not (null or "x86_64")) return new(SharedInfoLayout.Arm, "the host is Arm");
        if (domain.PvWidth is { } width)
            return new(
                width == 32 ? SharedInfoLayout.X86_32 : SharedInfoLayout.X86_64,
                $"Xen says that this PV guest is {width} bits wide");
        if (page is null)
            return new(null, "its page could not be read");
        return architecture is null ? DeduceFromAnyPage(page) : DeduceFromPage(page, hostClock);
    }

    // The Arm structure is so short that x86 has vCPU slots in its place, and these hold neither a mask nor a clock there.
    private static LayoutDeduction DeduceFromAnyPage(PageSnapshot page)
    {
        var bytes = page.Bytes.Span;
        var x86 = DeduceFromPage(page, hostClock: null);
        if (!HasSetUpMask(bytes, SharedInfoLayout.Arm) && !WallClockContent.Decode(bytes, SharedInfoLayout.Arm).IsPlausible) return x86;
        return x86.Layout is null && !WallClockContent.Decode(bytes, SharedInfoLayout.X86_64).IsPlausible
            ? new(SharedInfoLayout.Arm, "the mask or the wall clock stands where the Arm layout has it")
            : new(null, "masks or wall clocks stand where x86 has them, and where Arm has them");
    }

    private static LayoutDeduction DeduceFromPage(PageSnapshot page, WallClockContent? hostClock)
    {
        var bytes = page.Bytes.Span;
        if (HasSetUpMask(bytes, SharedInfoLayout.X86_64))
            return new(SharedInfoLayout.X86_64, "the mask of the 64-bit layout is set up");
        if (HasSetUpMask(bytes, SharedInfoLayout.X86_32))
            return new(SharedInfoLayout.X86_32, "the mask of the 32-bit layout is set up");
        var wide = WallClockContent.Decode(bytes, SharedInfoLayout.X86_64);
        var narrow = WallClockContent.Decode(bytes, SharedInfoLayout.X86_32);
        return (wide.IsPlausible, narrow.IsPlausible) switch
        {
            (true, false) => new(SharedInfoLayout.X86_64, "the wall clock stands where the 64-bit layout has it"),
            (false, true) => new(
                SharedInfoLayout.X86_32,
                "the wall clock stands where the 32-bit layout has it: firmware, a 32-bit kernel, or one without PV drivers"),
            (true, true) => DeduceFromBothClocks(wide, hostClock),
            _ => new(null, "no wall clock stands in either layout"),
        };
    }

    // Firmware latches 32 bits and leaves its clock behind. The 64-bit clock is written when a kernel latches 64 bits; but also when the
    // domain is built with a time offset (xc_domain_set_time_offset), before any firmware runs, and then once only: version 2.
    private static LayoutDeduction DeduceFromBothClocks(WallClockContent wide, WallClockContent? hostClock)
    {
        if (wide.Version > 2)
            return new(
                SharedInfoLayout.X86_64,
                $"wall clocks of both layouts; the 64-bit one was written {wide.Version / 2} times, the 32-bit one is the firmware's");
        if (hostClock is not { } host)
            return new(null, "wall clocks of both layouts, and no clock of the host to tell a time offset by");
        var offset = Math.Abs((double)wide.Seconds - host.Seconds);
        return offset < 2
            ? new(
                SharedInfoLayout.X86_64,
                "wall clocks of both layouts; the guest has no time offset, so a 64-bit kernel had the later one written")
            : new(
                null,
                FormattableString.Invariant(
                    $"wall clocks of both layouts, and a time offset of {offset:0} s that wrote the 64-bit one at build"));
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
