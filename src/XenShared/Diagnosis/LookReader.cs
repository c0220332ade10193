using XenShared.Guests;
using XenShared.Guests.Locating;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Diagnosis;

/// <summary>Looks at domains of a target.</summary>
internal sealed class LookReader(IXenTarget target, LocatorOptions locate, bool asksXen)
{
    /// <summary>Takes one look at each of the selected domains. What cannot be read of one of them is left out of its look.</summary>
    public IReadOnlyList<DomainLook> Read(DomainSelection selection, IQueryObserver observer, CancellationToken cancellation)
    {
        var inspector = new GuestInspector(target) { Locate = locate with { EventArrays = true, VcpuRecords = true, Progress = observer.Report } };
        var domains = selection.Read(target, observer, cancellation).DistinctBy(domain => domain.DomId);
        var guests = inspector.Inspect(domains, VcpuQuery.DefaultSampleTime, cancellation).ToArray();
        var host = new HostLook(target, guests);
        var xen = asksXen ? new HypervisorView(target, observer) : null;
        var looks = new List<DomainLook>();
        foreach (var guest in guests)
        {
            try
            {
                looks.Add(new DomainLook(guest, target, host, xen));
            }
            catch (XenException error) when (!error.IsFatal)
            {
                observer.Fail(error);
            }
        }
        return looks;
    }
}
