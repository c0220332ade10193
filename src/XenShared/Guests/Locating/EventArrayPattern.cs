using System.Runtime.InteropServices;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Guests.Locating;

/// <summary>
/// Recognizes pages of a guest's FIFO event array by the states of its ports in Xen. A kernel fills a page with masked words before it
/// registers the page, and masks a port before it closes the port. So the word of an unused port is masked and not pending, and an unmasked
/// word belongs to a port in use.
/// </summary>
public sealed class EventArrayPattern : IPagePattern
{
    // The number of unused ports, for each page of the event array, whose words are checked first. This rejects most pages of memory
    // quickly. One of these words may be unmasked, because a port can be bound during the search.
    private const int Probes = 8;

    private readonly bool[][] _inUse;
    private readonly int[][] _probes;
    private readonly uint[][] _guestBound;

    /// <summary>Creates the pattern from the present ports.</summary>
    public EventArrayPattern(PortTable ports)
    {
        ArgumentNullException.ThrowIfNull(ports);
        var bound = ports.Bound.Where(port => port.IsBound).ToArray();
        PageCount = bound.Length == 0 ? 0 : (int)(bound[^1].Port / EventWord.PerPage) + 1;
        _inUse = [.. Enumerable.Range(0, PageCount).Select(_ => new bool[EventWord.PerPage])];
        foreach (var port in bound) _inUse[port.Port / EventWord.PerPage][port.Port % EventWord.PerPage] = true;
        _probes = Array.ConvertAll(_inUse, ProbesOf);
        // The guest itself binds its virtual interrupts and IPIs, and handles their events. So the words of most of these ports are
        // unmasked in its event array.
        _guestBound = [.. Enumerable.Range(0, PageCount).Select(page => bound
            .Where(port => port.State is ChannelState.VirtualIrq or ChannelState.Ipi && port.Port / EventWord.PerPage == page)
            .Select(port => port.Port % EventWord.PerPage).ToArray())];
    }

    /// <summary>Gets the number of pages that the ports in use need.</summary>
    public int PageCount { get; }

    /// <inheritdoc/>
    public bool Resembles(ReadOnlySpan<byte> page)
    {
        var words = MemoryMarshal.Cast<byte, uint>(page);
        foreach (var probes in _probes)
        {
            var mayDiffer = probes.Length < Probes ? 0 : 1;
            var differing = 0;
            foreach (var probe in probes)
            {
                if (!new EventWord(words[probe]).IsAtRest && ++differing > mayDiffer) break;
            }
            // Only unused ports are probed. If a page of the array has no unused port, there is nothing to probe, and every page of memory
            // would match. So this page of the array is not recognized.
            if (probes.Length > 0 && differing <= mayDiffer) return true;
        }
        return false;
    }

    /// <summary>Determines whether <paramref name="page"/> matches page <paramref name="index"/> of the array.</summary>
    public bool Fits(ReadOnlySpan<byte> page, int index)
    {
        var words = MemoryMarshal.Cast<byte, uint>(page);
        var inUse = _inUse[index];
        // If all ports of a page are in use, all its words can be zero, as in many other pages of memory. So a match would prove nothing.
        if (_probes[index].Length == 0) return false;
        var unmasked = 0;
        for (var at = 0; at < words.Length; at++)
        {
            var word = new EventWord(words[at]);
            if (!(inUse[at] ? word.IsWellFormed : word.IsAtRest)) return false;
            unmasked += word.IsMasked ? 0 : 1;
        }
        // A page whose words are all masked can be any page that is filled with the same value, so it does not count as a match.
        return unmasked > 0 && ListensToItsOwn(words, _guestBound[index]);
    }

    private static bool ListensToItsOwn(ReadOnlySpan<uint> words, uint[] guestBound)
    {
        foreach (var port in guestBound)
        {
            if (!new EventWord(words[(int)port]).IsMasked) return true;
        }
        return guestBound.Length == 0;
    }

    private static int[] ProbesOf(bool[] inUse)
    {
        var free = Enumerable.Range(0, inUse.Length).Where(port => !inUse[port]).ToArray();
        if (free.Length <= Probes) return free;
        // The probes are spread evenly over the unused ports of the page. The first and the last unused port are always among them.
        return [.. Enumerable.Range(0, Probes).Select(probe => free[(int)((long)probe * (free.Length - 1) / (Probes - 1))])];
    }
}
