namespace XenShared.Layout;

/// <summary>
/// Represents a copy of a shared page. Each range with a version counter was copied until the counter was even and unchanged
/// (<c>xen/include/xen/time.h</c>). <see cref="Unstable"/> contains the ranges that could not be copied consistently and must not be used.
/// </summary>
public sealed class PageSnapshot
{
    /// <summary>Creates a snapshot from existing bytes, for example from a file.</summary>
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

    /// <summary>Gets the names of the ranges that could not be copied consistently (<see cref="SeqlockRange"/>).</summary>
    public IReadOnlyCollection<string> Unstable { get; }

    /// <summary>Copies a page that others are writing.</summary>
    /// <param name="live">The live page.</param>
    /// <param name="layouts">The possible layouts. For a layout that the page does not have, an inconsistent range has no meaning.</param>
    public static PageSnapshot Take(ReadOnlySpan<byte> live, params ReadOnlySpan<SharedInfoLayout> layouts)
    {
        var copy = new byte[SharedInfoLayout.PageSize];
        SeqlockRange.CopyWords(live, copy);
        var unstable = new SortedSet<string>(StringComparer.Ordinal);
        // Both x86 layouts have their slots at the same offsets.
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
