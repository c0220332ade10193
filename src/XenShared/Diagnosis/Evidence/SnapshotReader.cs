using XenShared.Guests;
using XenShared.Guests.Deduction;
using XenShared.Guests.Locating;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Diagnosis.Evidence;

/// <summary>Looks at domains of a target.</summary>
internal sealed class SnapshotReader(IXenDataSource target, LocatorOptions locate, bool asksXen)
{
    /// <summary>Guests of a file that were inspected before; null when none was.</summary>
    internal IReadOnlyDictionary<ushort, GuestInspection>? Known { get; init; }

    /// <summary>Takes one look at each of the selected domains. What cannot be read of one of them is left out of its look.</summary>
    public IReadOnlyList<DomainSnapshot> Read(DomainSelection selection, IQueryObserver observer, CancellationToken cancellation)
    {
        var inspector = new GuestInspector(target) { Locate = locate with { EventArrays = true, VcpuRecords = true, Progress = observer.Report }, Known = Known };
        var domains = selection.Read(target, observer, cancellation).DistinctBy(domain => domain.DomId);
        var guests = inspector.Inspect(domains, VcpuQuery.DefaultSampleTime, cancellation).ToArray();
        var host = new HostSnapshot(target, guests, cancellation);
        var xen = asksXen ? new HypervisorView(target, observer) : null;
        var looks = new List<DomainSnapshot>();
        foreach (var guest in guests)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                looks.Add(new DomainSnapshot(guest, target, host, xen));
            }
            catch (XenException error) when (!error.IsFatal)
            {
                observer.Fail(error);
            }
        }
        return looks;
    }
}
