using System.Runtime.InteropServices;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Guests.Deduction;

/// <summary>
/// The ports that show themselves where there is no table of them: a guest has switched them on, or an event waits. One that is masked with
/// nothing pending looks as one that is closed.
/// </summary>
internal static class InferredPorts
{
    // Firmware keeps its wall clock where a 64-bit kernel has pending bits, and nobody clears it.
    private const uint LeftoverStart = 2048, LeftoverEnd = 2144;

    /// <summary>Returns the ports of a guest whose ABI is known; null when nothing shows them.</summary>
    public static PortTable? Deduce(GuestInspection guest) =>
        guest switch
        {
            { Abi.Abi: EventAbi.TwoLevel, Latest: { } sample, Layout.Layout: { } layout } => Table(
                InPage(sample.Page.Bytes.Span, layout, guest.Domain.Type == DomainType.PV)),
            { Abi.Abi: EventAbi.Fifo, EventArray: { } array } => Table(array.Pages.SelectMany(InArray)),
            _ => null,
        };

    /// <summary>
    /// Ports that the mask of a two-level kernel leaves open. Small kernels mask the lower ports alone; what lies above these is not open
    /// for that.
    /// </summary>
    public static IReadOnlyCollection<uint> Unmasked(ReadOnlySpan<byte> mask)
    {
        var open = new List<uint>();
        var last = mask.LastIndexOfAnyExcept((byte)0);
        for (uint port = 1; port < (last + 1) * 8; port++)
        {
            if (!EventBitmap.IsSet(mask, port)) open.Add(port);
        }
        // The highest byte may end with open ports that nobody masked.
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
