using XenShared.Layout;

namespace XenShared.Hypervisor;

/// <summary>
/// Represents a sample of a domain: a copy of its shared info page and the run states of its vCPUs, read at about the same time. Fields
/// with a version counter were copied again until the counter was even and unchanged (<c>xen/include/xen/time.h</c>).
/// </summary>
public sealed record DomainSample
{
    /// <summary>Creates a sample from existing bytes, for example from a file.</summary>
    /// <exception cref="ArgumentException">The page does not have 4,096 bytes.</exception>
    public DomainSample(ReadOnlyMemory<byte> page, IReadOnlyCollection<string>? unstable = null)
    {
        if (page.Length != SharedInfoLayout.PageSize)
            throw new ArgumentException($"A shared page has {SharedInfoLayout.PageSize} bytes, not {page.Length}.", nameof(page));
        Page = page;
        Unstable = unstable ?? [];
    }

    /// <summary>Gets the 4,096 bytes of the page.</summary>
    public ReadOnlyMemory<byte> Page { get; }

    /// <summary>
    /// Gets the names (<see cref="SeqlockRange"/>) of the ranges that changed during every attempt to copy them. Their values must not be
    /// used.
    /// </summary>
    public IReadOnlyCollection<string> Unstable { get; }

    /// <summary>Gets the time when the page was copied; null if the file does not contain it.</summary>
    public DateTimeOffset? TakenAt { get; init; }

    /// <summary>Gets the frame of the page when it was copied; null if the file does not contain it.</summary>
    public ulong? Frame { get; init; }

    /// <summary>Gets the run states of the vCPUs, read before the page was copied; empty if they were not read.</summary>
    public IReadOnlyList<VcpuRunState> Vcpus { get; init; } = [];

    /// <summary>Copies a shared info page that the guest and Xen continue to write.</summary>
    /// <param name="live">The live page.</param>
    /// <param name="layouts">The layouts that the page may have. The fields of each layout are copied consistently. For a layout that is
    /// not the actual one, an entry in <see cref="Unstable"/> has no meaning.</param>
    public static DomainSample Take(ReadOnlySpan<byte> live, params ReadOnlySpan<SharedInfoLayout> layouts)
    {
        var copy = new byte[SharedInfoLayout.PageSize];
        SeqlockRange.CopyWords(live, copy);
        var unstable = new SortedSet<string>(StringComparer.Ordinal);
        // Both x86 layouts have their slots at the same offsets, so each slot is copied only once.
        var settled = new HashSet<int>();
        foreach (var layout in layouts)
        {
            for (var slot = 0; slot < layout.SlotCount; slot++)
            {
                var range = SeqlockRange.SlotTime(layout, slot);
                if (settled.Add(range.Offset)) CopyConsistent(live, copy, range, unstable);
            }
            CopyConsistent(live, copy, SeqlockRange.WallClock(layout), unstable);
            if (layout.HasArch) CopyConsistent(live, copy, SeqlockRange.P2m(layout), unstable);
        }
        return new DomainSample(copy, unstable);
    }

    private static void CopyConsistent(ReadOnlySpan<byte> live, Span<byte> copy, SeqlockRange range, SortedSet<string> unstable)
    {
        if (!range.TryReadConsistent(live, copy)) unstable.Add(range.Name);
    }
}
