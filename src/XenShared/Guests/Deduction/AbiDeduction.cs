using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Guests.Deduction;

/// <summary>
/// Represents the deduced event ABI of a guest. No hypercall returns it (<c>xen/common/event_fifo.c</c>), so it is deduced from the content
/// of the shared page, to which kernels write differently with each ABI. If the content is not sufficient, the ABI is unknown.
/// </summary>
/// <param name="Abi">The ABI, or unknown.</param>
/// <param name="Evidence">The evidence.</param>
public readonly record struct AbiDeduction(EventAbi Abi, string Evidence)
{
    // If at least this many bits of the mask are set, a kernel has set up the mask. Linux and the BSDs mask every port at start. Mini-OS
    // and its derivatives mask the first 1,024 ports, even if 64-bit ones have more.
    private const int SetUpPorts = 512;

    /// <summary>
    /// The minimum share of the unused ports that are masked if a kernel has set up the mask. It replaces <see cref="SetUpPorts"/> if so
    /// many ports are in use that this share is fewer ports.
    /// </summary>
    private const double SetUpShare = 0.9;

    // A mask with at most this many set bits counts as unused. A user or a bug may have set a few bits in it.
    private const int StrayBits = 16;

    /// <summary>Deduces the ABI.</summary>
    /// <param name="layout">The layout of the page; null if it is not known.</param>
    /// <param name="samples">The samples of the page, oldest first; empty if it could not be read.</param>
    /// <param name="ports">The ports of the domain; null if they could not be read.</param>
    public static AbiDeduction Deduce(SharedInfoLayout? layout, IReadOnlyList<DomainSample> samples, PortTable? ports)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (ports is null) return new(EventAbi.Unknown, "its ports could not be read");
        if (ports.Listing == PortTableCompleteness.Inferred) return DeduceWithoutPorts(layout, samples);
        // If the layout is not known, the largest number of ports that a two-level layout has is used. A port beyond this number exists
        // only with FIFO.
        var limit = (layout ?? SharedInfoLayout.X86_64).PortCount;
        if (ports.Bound.Any(port => port.Port >= limit))
            return new(
                EventAbi.Fifo,
                $"port {ports.Bound.First(port => port.Port >= limit).Port} is bound, beyond the {limit} of two-level channels");
        if (samples.Count == 0)
            return new(EventAbi.Unknown, "its page could not be read");
        if (layout is null)
            return new(EventAbi.Unknown, "the layout of its page is not known");
        var known = ports.Bound.Where(port => port.State is not null).ToArray();
        return known.Length == 0 ? new(EventAbi.Unknown, "no port is bound") : DeduceFromBitmaps(layout, samples, known);
    }

    // Deduces the ABI without a list of bound ports. Then only a mask with most bits set and some bits clear is evidence: a two-level
    // kernel has set all bits, and then cleared the bits of the ports that it uses.
    private static AbiDeduction DeduceWithoutPorts(SharedInfoLayout? layout, IReadOnlyList<DomainSample> samples)
    {
        if (samples.Count == 0) return new(EventAbi.Unknown, "there is neither its page nor a table of its ports");
        if (layout is null) return new(EventAbi.Unknown, "the layout of its page is not known");
        var mask = samples[^1].Page.Span.Slice(layout.MaskOffset, layout.BitmapBytes);
        var masked = EventBitmap.Count(mask);
        if (masked < SetUpPorts)
            return new(
                EventAbi.Unknown,
                "the mask was never set up; FIFO kernels and simple programs leave it so, and there is no table of ports to "
                    + "distinguish them");
        var holes = InferredPorts.Unmasked(mask).Count;
        return holes switch
        {
            0 => new(EventAbi.Unknown, "the mask is all ones, as after a restore"),
            _ when holes > masked => new(
                EventAbi.Unknown,
                $"the mask is set for {masked} ports and clear for {holes} between them, which is not a mask that a kernel has set up"),
            _ => new(
                EventAbi.TwoLevel,
                $"inferred: the mask is set for {masked} ports and clear for {holes}, as only a two-level kernel leaves it; there is no "
                    + $"table of ports to compare it with"),
        };
    }

    private static AbiDeduction DeduceFromBitmaps(SharedInfoLayout layout, IReadOnlyList<DomainSample> samples, EventChannelStatus[] bound)
    {
        var page = samples[^1].Page.Span;
        var mask = page.Slice(layout.MaskOffset, layout.BitmapBytes);
        var pending = page.Slice(layout.PendingOffset, layout.BitmapBytes);
        var maskedBound = 0;
        var pendingBound = 0;
        foreach (var port in bound)
        {
            maskedBound += EventBitmap.IsSet(mask, port.Port) ? 1 : 0;
            pendingBound += EventBitmap.IsSet(pending, port.Port) ? 1 : 0;
        }
        var maskedUnused = EventBitmap.Count(mask) - maskedBound;
        var unused = layout.PortCount - bound.Length;
        if (maskedUnused > StrayBits && maskedUnused >= Math.Min(SetUpPorts, unused * SetUpShare))
        {
            // A restore of a PV guest sets every bit of the mask (tools/libs/guest/xg_sr_restore_x86_pv.c), with both ABIs. Only a
            // two-level kernel clears the bits of its ports afterwards. So a clear bit of a bound port is evidence for two-level channels.
            var which = maskedUnused >= unused * SetUpShare ? "the" : $"{maskedUnused}";
            return maskedBound < bound.Length
                ? new(
                    EventAbi.TwoLevel,
                    $"the mask is set for {which} unused ports and clear for {bound.Length - maskedBound} of {bound.Length} bound ones")
                : new(EventAbi.Unknown, "the mask is all ones, as after a restore, also for the bound ports");
        }
        if (PendingMoved(layout, samples, bound))
            return new(EventAbi.TwoLevel, "a pending bit of a bound port changed between two samples");
        return maskedUnused > StrayBits
            ? new(
                EventAbi.Unknown,
                $"{maskedUnused} unused ports are masked: too many for a mask that nobody uses, and too few for one that a kernel has "
                    + $"set up")
            : DeduceFromUnsetMask(layout, samples, bound, pendingBound);
    }

    // Deduces the ABI of a guest whose mask was never set up. A two-level kernel masks every unused port at start. FIFO kernels and simple
    // programs such as GRUB never write to the mask.
    private static AbiDeduction DeduceFromUnsetMask(
        SharedInfoLayout layout,
        IReadOnlyList<DomainSample> samples,
        EventChannelStatus[] bound,
        int pendingBound)
    {
        var isLive = SlotLiveness.Deduce(samples, layout, 0).IsLive;
        var isKernel = bound.Any(port => port.State is ChannelState.VirtualIrq or ChannelState.Ipi);
        // An event that arrived before the kernel changed to FIFO leaves its pending bit in the page forever. So pending bits do not
        // exclude FIFO.
        if (isKernel && isLive != true)
        {
            return new(
                EventAbi.Fifo,
                $"{bound.Length} ports are bound, virtual interrupts or IPIs among them, but the mask was never set up and "
                    + (
                        pendingBound == 0
                            ? "none is pending in the page"
                            : $"{pendingBound} are pending there, from events that arrived before the kernel started"));
        }
        // Firmware and other programs without interrupts clear the pending bits, but not the selector (evtchn_pending_sel). Xen sets bits
        // of the selector for two-level channels only. So a set bit is evidence for two-level channels even if no port is pending.
        if (!isKernel && isLive != false && SelectorNamesPending(layout, samples[^1].Page.Span, bound))
        {
            return new(
                EventAbi.TwoLevel,
                pendingBound > 0
                    ? $"{pendingBound} bound ports are pending in the page and vCPU 0's selector names their words"
                    : "vCPU 0's selector names the word of a bound port, and Xen sets it for two-level channels only");
        }
        return new(EventAbi.Unknown, "the mask was never set up, and nothing else in the page shows the ABI");
    }

    // Determines whether the selector of vCPU 0 matches the bound ports. Each bit of the selector stands for one word of the pending
    // bitmap. At least one bit must be set for a word with a bound port. For each bound port that is pending, the bit of its word must be
    // set.
    private static bool SelectorNamesPending(SharedInfoLayout layout, ReadOnlySpan<byte> page, EventChannelStatus[] bound)
    {
        var selector = layout.Vcpu.PendingSelector.Read(page);
        var bits = layout.WordBytes * 8;
        var namesAny = false;
        foreach (var port in bound)
        {
            var isNamed = (selector >> (int)(port.Port / bits) & 1) != 0;
            if (!isNamed && EventBitmap.IsSet(page.Slice(layout.PendingOffset, layout.BitmapBytes), port.Port)) return false;
            namesAny |= isNamed;
        }
        return namesAny;
    }

    /// <summary>Determines whether the pending bit of a bound port differs between the first sample and a later one.</summary>
    internal static bool PendingMoved(SharedInfoLayout layout, IReadOnlyList<DomainSample> samples, IReadOnlyList<EventChannelStatus> bound)
    {
        var first = samples[0].Page.Slice(layout.PendingOffset, layout.BitmapBytes);
        return samples
            .Skip(1)
            .Any(sample =>
            {
                var later = sample.Page.Slice(layout.PendingOffset, layout.BitmapBytes);
                return bound.Any(port =>
                    port.State is not null
                    && port.Port < layout.PortCount
                    && EventBitmap.IsSet(first.Span, port.Port) != EventBitmap.IsSet(later.Span, port.Port));
            });
    }
}
