using XenShared.Layout;

namespace XenShared.Hypervisor;

/// <summary>
/// Represents a sample of a domain: a copy of its shared info page and the run states of its vCPUs, read at about the same time. Fields
/// with a version counter were copied again until the counter was even and unchanged (<c>xen/include/xen/time.h</c>).
/// </summary>
public sealed record DomainSample
{
    private readonly ReadOnlyMemory<byte> _page;
    private PackedPage? _packed;

    /// <summary>Creates a sample from existing bytes, for example from a file.</summary>
    /// <exception cref="ArgumentException">The page does not have 4,096 bytes.</exception>
    public DomainSample(ReadOnlyMemory<byte> page, IReadOnlyCollection<string>? unstable = null)
    {
        if (page.Length != SharedInfoLayout.PageSize)
            throw new ArgumentException($"A shared page has {SharedInfoLayout.PageSize} bytes, not {page.Length}.", nameof(page));
        _page = page;
        Unstable = unstable ?? [];
    }

    /// <summary>Creates a sample whose page is unpacked at its first use. A copy of an unused sample unpacks the page for itself.</summary>
    /// <exception cref="ArgumentException">The page does not have 4,096 bytes.</exception>
    internal DomainSample(PackedPage page, IReadOnlyCollection<string> unstable)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(page.Length, SharedInfoLayout.PageSize, nameof(page));
        _packed = page;
        Unstable = unstable;
    }

    /// <summary>Gets the 4,096 bytes of the page.</summary>
    public ReadOnlyMemory<byte> Page
    {
        get
        {
            if (_packed is not { } page) return _page;
            // Two threads may both unpack it. Both results are the same, and a reference is written at once.
            if (page.IsPacked) _packed = page = PackedPage.From(page.Unpack());
            return page.Unpack();
        }
    }

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
        // The copy overwrites the whole array, so the array need not be cleared first.
        var copy = GC.AllocateUninitializedArray<byte>(SharedInfoLayout.PageSize);
        SeqlockRange.CopyWords(live[..SharedInfoLayout.PageSize], copy);
        SortedSet<string>? unstable = null;
        for (var at = 0; at < layouts.Length; at++)
        {
            // Both x86 layouts have their slots at the same offsets, so each slot is copied only once.
            var skipped = at > 0 && HasSameSlots(layouts[0], layouts[at]) ? layouts[at].SlotCount : 0;
            foreach (ref readonly var range in layouts[at].SeqlockRanges.AsSpan(skipped))
            {
                if (!range.TryReadConsistent(live, copy)) (unstable ??= new(StringComparer.Ordinal)).Add(range.Name);
            }
        }
        return new DomainSample(copy, unstable);
    }

    private static bool HasSameSlots(SharedInfoLayout one, SharedInfoLayout other) =>
        (one.SlotCount, one.Vcpu.Size, one.Vcpu.TimeOffset) == (other.SlotCount, other.Vcpu.Size, other.Vcpu.TimeOffset);
}
