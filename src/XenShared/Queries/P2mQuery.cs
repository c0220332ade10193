using XenShared.Guests;
using XenShared.Guests.Deduction;
using XenShared.Guests.Memory;
using XenShared.Layout;
using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>Reads the P2M tables of PV guests.</summary>
public sealed class P2mQuery(IXenDataSource target, IQueryObserver observer)
{
    /// <summary>Gets the guest's frame numbers to read; empty for all.</summary>
    public IReadOnlyList<ulong> Pfns { get; init; } = [];

    /// <summary>
    /// Streams entries of the selected domains. For a guest without such a table, <see cref="XenErrorId.NotSupportedByHost"/> is reported
    /// to the observer.
    /// </summary>
    public IEnumerable<XenP2mEntry> Run(DomainSelection selection, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        var inspector = new GuestInspector(target) { RunStates = false };
        foreach (var guest in inspector.Inspect(selection.Read(target, observer, cancellation), TimeSpan.Zero, cancellation))
        {
            if (Open(guest, out var error) is not { } table)
            {
                observer.Fail(error!);
                continue;
            }
            using var entries = Read(table, cancellation).GetEnumerator();
            while (TryMoveNext(entries)) yield return entries.Current with { DomainName = guest.Name, HostName = target.Host.HostName };
        }
    }

    // If a domain ends, its earlier entries remain, and the other domains follow.
    private bool TryMoveNext(IEnumerator<XenP2mEntry> entries)
    {
        try
        {
            return entries.MoveNext();
        }
        catch (XenException error) when (!error.IsFatal)
        {
            observer.Fail(error);
            return false;
        }
    }

    private IEnumerable<XenP2mEntry> Read(P2mTable table, CancellationToken cancellation)
    {
        if (Pfns.Count > 0) return Pfns.Select(table.ReadEntry);
        return All(table, cancellation);
    }

    private static IEnumerable<XenP2mEntry> All(P2mTable table, CancellationToken cancellation)
    {
        for (ulong pfn = 0; pfn < table.Count; pfn++)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return table.ReadEntry(pfn);
        }
    }

    private P2mTable? Open(GuestInspection guest, out XenException? error)
    {
        var domain = guest.Domain;
        error = (target.Memory, domain.Type, guest.Latest) switch
        {
            (null, _, _) => None(
                domain.DomId,
                $"{target.DisplayName} does not contain the memory of domain {domain.DomId}",
                "use the host itself"),
            ({ } memory, _, _) when memory.OwnDomId == domain.DomId => None(
                domain.DomId,
                $"Domain {domain.DomId} is the one in which this program runs, and its kernel does not let it map its own memory",
                "use other domains"),
            ({ HasMachineFrames: false }, DomainType.PV, _) => None(
                domain.DomId,
                "The page tables of a saved guest have been rewritten, and no longer lead to its P2M table",
                "use a core dump, or the host itself"),
            (_, not DomainType.PV, _) => None(
                domain.DomId,
                $"Domain {domain.DomId} is not a PV guest: Xen translates its frame numbers, and it has no P2M table of its own",
                "select PV guests"),
            (_, _, null) => guest.PageError ?? None(domain.DomId, $"The shared page of domain {domain.DomId} cannot be read", "try again"),
            _ when guest.Layout.Layout?.Layout != GuestLayout.X86_64 => None(
                domain.DomId,
                $"Domain {domain.DomId} is a 32-bit PV guest, whose table this program does not read",
                "select 64-bit guests"),
            _ => null,
        };
        if (error is not null) return null;
        var arch = ArchInfoContent.Decode(guest.Latest!.Page.Span, SharedInfoLayout.X86_64);
        var table = P2mTable.Open(target.Memory!, domain.DomId, domain.TotalPages, arch);
        if (table is null)
            error = None(
                domain.DomId,
                $"The shared page of domain {domain.DomId} does not contain the address of its P2M table",
                "wait until its kernel has started");
        return table;
    }

    private static XenException None(ushort domId, string why, string advice) =>
        new(XenErrorId.NotSupportedByHost, why, advice)
        {
            DomId = domId,
        };
}
