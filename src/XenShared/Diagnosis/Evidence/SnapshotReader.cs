using XenShared.Guests;
using XenShared.Guests.Locating;
using XenShared.Hypervisor;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Diagnosis.Evidence;

/// <summary>Takes snapshots of domains of a data source.</summary>
internal sealed class SnapshotReader(IXenDataSource target, LocatorOptions locate, TimeSpan sampleTime, bool usesHypervisor)
{
    /// <summary>Gets a value indicating whether to read the processor states of vCPUs too.</summary>
    public bool Contexts { get; init; }

    /// <summary>Gets a value for <see cref="DomainSnapshot.IsSameRun"/>.</summary>
    public bool IsSameRun { get; init; }

    /// <summary>Takes one snapshot of each domain. If a domain cannot be read, the observer gets the reason.</summary>
    public IReadOnlyList<DomainSnapshot> Read(IEnumerable<DomainInfo> domains, IQueryObserver observer, CancellationToken cancellation)
    {
        var inspector = new GuestInspector(target)
        {
            Locate = locate with { EventArrays = true, VcpuRecords = true, Progress = observer.Report },
            Contexts = Contexts,
            ReadsDevices = true,
            ReadsMappingProcesses = true,
        };
        var guests = inspector.Inspect(domains.DistinctBy(domain => domain.DomId), sampleTime, cancellation).ToArray();
        var host = new HostSnapshot(target, guests, inspector.HostClock(), new HypervisorView(target, observer), cancellation);
        var snapshots = new List<DomainSnapshot>();
        foreach (var guest in guests)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                snapshots.Add(new DomainSnapshot(guest, target, host, usesHypervisor) { IsSameRun = IsSameRun });
            }
            catch (XenException error) when (!error.IsFatal)
            {
                observer.Fail(error);
            }
        }
        return snapshots;
    }
}
