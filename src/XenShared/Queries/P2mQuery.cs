using XenShared.Guests;
using XenShared.Guests.Deduction;
using XenShared.Guests.Memory;
using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>Reads the P2M tables of PV guests.</summary>
public sealed class P2mQuery(IXenDataSource target, IQueryObserver observer)
{
    /// <summary>Gets the guest frame numbers (PFNs) whose entries are read; empty for all.</summary>
    public IReadOnlyList<ulong> Pfns { get; init; } = [];

    /// <summary>
    /// Streams the entries of the tables of the selected domains. If a guest has no readable table, the observer gets the error
    /// <see cref="XenErrorId.NotSupportedByHost"/>.
    /// </summary>
    public IEnumerable<XenP2mEntry> Run(DomainSelection selection, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        var domains = selection.Read(target, observer, cancellation);
        var inspector = new GuestInspector(target) { RunStates = false };
        // A source without guest memory, such as a capture, can only contain copies of the P2M tables, which are read directly. In guest
        // memory, the shared page shows where the table is, so the guest is inspected first.
        var tables = target.Memory is null
            ? domains.Select(domain => (target.ReadName(domain.DomId), ReadRecorded(domain.DomId, cancellation)))
            : inspector.Inspect(domains, TimeSpan.Zero, cancellation).Select(guest => (guest.Name, ReadMemory(guest, cancellation)));
        foreach (var (name, table) in tables)
        {
            using var entries = table.GetEnumerator();
            while (TryMoveNext(entries)) yield return entries.Current with { DomainName = name, HostName = target.Host.HostName };
        }
    }

    // Returns false at the end of the table, or if it cannot be read any more, for example because the domain has ended. The entries so far
    // remain valid, and the query continues with the next domain.
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

    private IEnumerable<XenP2mEntry> ReadRecorded(ushort domId, CancellationToken cancellation)
    {
        var table = new RecordedP2mTable(target, domId);
        return Pfns.Count > 0 ? table.Read(Pfns, cancellation) : table.Read(cancellation);
    }

    private IEnumerable<XenP2mEntry> ReadMemory(GuestInspection guest, CancellationToken cancellation)
    {
        var table = P2mTables.Open(target, guest);
        if (Pfns.Count > 0)
        {
            foreach (var pfn in Pfns) yield return table.ReadEntry(pfn);
            yield break;
        }
        for (ulong pfn = 0; pfn < table.Count; pfn++)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return table.ReadEntry(pfn);
        }
    }
}
