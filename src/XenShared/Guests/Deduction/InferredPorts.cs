using System.Runtime.InteropServices;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Guests.Deduction;

/// <summary>
/// Deduces the ports in use without a port table: ports that the guest has unmasked, or that have a pending event. A masked port without an
/// event looks like a closed one.
/// </summary>
internal static class InferredPorts
{
    // Firmware uses the 32-bit layout, and the wall clock of this layout stays in the page. In the 64-bit layout, the same bytes are the
    // pending bits of the ports from LeftoverStart up to LeftoverEnd. So a set bit there does not prove that the port is pending.
    private const uint LeftoverStart = 2048, LeftoverEnd = 2144;

    /// <summary>Deduces the ports of a guest with a known ABI; null if there is no evidence.</summary>
    public static PortTable? Deduce(GuestInspection guest) =>
        guest switch
        {
            { Abi.Abi: EventAbi.TwoLevel, Latest: { } sample, Layout.Layout: { } layout } => Table(
                InPage(sample.Page.Span, layout, guest.Domain.Type == DomainType.PV)),
            { Abi.Abi: EventAbi.Fifo, EventArray: { } array } => Table(array.Pages.SelectMany(InArray)),
            _ => null,
        };

    /// <summary>
    /// Returns the ports of a two-level kernel whose mask bit is clear, below the highest mask bit that is set. Small kernels set the mask
    /// only for the lower ports, so a clear bit above the highest set one does not mean that the kernel unmasked the port.
    /// </summary>
    public static IReadOnlyCollection<uint> Unmasked(ReadOnlySpan<byte> mask)
    {
        var open = new List<uint>();
        var last = mask.LastIndexOfAnyExcept((byte)0);
        for (uint port = 1; port < (last + 1) * 8; port++)
        {
            if (!EventBitmap.IsSet(mask, port)) open.Add(port);
        }
        // The last byte of the mask that is not zero can have clear bits above its highest set bit. The loop above has added their ports.
        // The kernel may never have masked them, so their clear bits prove nothing, and they are removed.
        while (open.Count > 0 && last >= 0 && open[^1] / 8 == (uint)last && mask[last] >> (int)(open[^1] % 8) == 0)
            open.RemoveAt(open.Count - 1);
        return open;
    }

    private static List<uint> InPage(ReadOnlySpan<byte> page, SharedInfoLayout layout, bool isPv)
    {
        var mask = page.Slice(layout.MaskOffset, layout.BitmapBytes);
        var pending = new List<uint>();
        EventBitmap.AddSetPorts(page.Slice(layout.PendingOffset, layout.BitmapBytes), pending);
        var shown = new SortedSet<uint>(Unmasked(mask));
        foreach (var port in pending)
        {
            var mayBeLeftover = !isPv && layout.Layout == GuestLayout.X86_64 && port is >= LeftoverStart and < LeftoverEnd;
            if (port != 0 && !mayBeLeftover) shown.Add(port);
        }
        return [.. shown];
    }

    private static IEnumerable<uint> InArray(EventArrayPage page)
    {
        var words = MemoryMarshal.Cast<byte, uint>(page.Bytes.Span).ToArray();
        return Enumerable
            .Range(0, words.Length)
            .Where(at => !new EventWord(words[at]).IsAtRest)
            .Select(at => (uint)(page.Index * EventWord.PerPage + at));
    }

    private static PortTable Table(IEnumerable<uint> ports)
    {
        var bound = ports.Where(port => port != 0).Select(port => new EventChannelStatus(port, null)).ToArray();
        return new PortTable(bound.Length > 0 ? bound[^1].Port + 1 : 0, bound) { Listing = PortTableCompleteness.Inferred };
    }
}
