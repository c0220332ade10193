namespace XenShared.Layout;

/// <summary>
/// A copy of a shared page. Everything under a version counter was copied again until the counter was even and had not changed
/// (<c>xen/include/xen/time.h</c>); what would not come to rest is named in <see cref="Unstable"/>, and is not to be believed.
/// </summary>
public sealed class PageSnapshot
{
    /// <summary>Wraps bytes that were read before, for example from a file.</summary>
    /// <exception cref="ArgumentException">Not 4,096 bytes.</exception>
    public PageSnapshot(ReadOnlyMemory<byte> bytes, IReadOnlyCollection<string>? unstable = null)
    {
        if (bytes.Length != SharedInfoLayout.PageSize)
            throw new ArgumentException($"A shared page has {SharedInfoLayout.PageSize} bytes, not {bytes.Length}.", nameof(bytes));
        Bytes = bytes;
        Unstable = unstable ?? [];
    }

    /// <summary>Gets the 4,096 bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Names of the ranges that did not come to rest (<see cref="SeqlockRange"/>).</summary>
    public IReadOnlyCollection<string> Unstable { get; }

    /// <summary>Copies a page that others are writing.</summary>
    /// <param name="live">The page itself.</param>
    /// <param name="layouts">The layouts it may have. A range of a layout it does not have can be unstable without meaning
    /// anything.</param>
    public static PageSnapshot Take(ReadOnlySpan<byte> live, params ReadOnlySpan<SharedInfoLayout> layouts)
    {
        var copy = new byte[SharedInfoLayout.PageSize];
        SeqlockRange.CopyWords(live, copy);
        var unstable = new SortedSet<string>(StringComparer.Ordinal);
        // Both x86 layouts have their slots at the same places.
        var settled = new HashSet<int>();
        foreach (var layout in layouts)
        {
            for (var slot = 0; slot < layout.SlotCount; slot++)
            {
                var range = SeqlockRange.SlotTime(layout, slot);
                if (settled.Add(range.Offset)) CopyConsistent(live, copy, range, unstable);
            }
            CopyConsistent(live, copy, SeqlockRange.WallClock(layout), unstable);
            if (layout.Arch is { } arch) CopyConsistent(live, copy, SeqlockRange.P2m(layout, arch), unstable);
        }
        return new PageSnapshot(copy, unstable);
    }

    private static void CopyConsistent(ReadOnlySpan<byte> live, Span<byte> copy, SeqlockRange range, SortedSet<string> unstable)
    {
        if (!range.TryReadConsistent(live, copy)) unstable.Add(range.Name);
    }
}
