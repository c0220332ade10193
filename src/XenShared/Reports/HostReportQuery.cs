using XenShared.Diagnosis;
using XenShared.Guests.Locating;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Reports;

/// <summary>Reads all that a report shows.</summary>
public sealed class HostReportQuery(IXenTarget target, IQueryObserver observer)
{
    /// <summary>
    /// How long pages are sampled at most, in order to tell live vCPU records from frozen ones. Zero reads once, for the faults too, which are then less certain.
    /// </summary>
    public TimeSpan SampleTime { get; init; } = VcpuQuery.DefaultSampleTime;

    /// <summary>Where the channels' state is asked for.</summary>
    public ChannelSource Source { get; init; }

    /// <summary>How guests' memory is searched.</summary>
    public LocatorOptions Locate { get; init; } = new();

    /// <summary>
    /// Reads the selected domains. A domain that does not exist is an error for the observer; what cannot be read of one that does becomes a note in the report.
    /// </summary>
    /// <returns>The report; null when no domain was found.</returns>
    public HostReport? Run(DomainSelection selection, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        var takenAt = target is CaptureTarget capture ? capture.TakenAt : DateTimeOffset.UtcNow;
        var domains = new DomainQuery(target, observer).Run(selection, cancellation).DistinctBy(domain => domain.DomId).ToArray();
        if (domains.Length == 0) return null;
        var notes = new NoteTaker(observer);
        var found = new DomainSelection { DomIds = Array.ConvertAll(domains, domain => domain.DomId) };
        var cells = ReadCells(found, notes, cancellation);
        var pages = ReadPages(found, notes, cancellation);
        var faults = ReadFaults(found, notes, cancellation);
        var hostClock = target.ReadHostClock();
        return new HostReport
        {
            Host = target.Host,
            Source = target.DisplayName,
            TakenAt = takenAt,
            Domains = Array.ConvertAll(domains, domain => new DomainReport
            {
                Domain = domain,
                Page = pages.GetValueOrDefault(domain.DomId),
                Cells = cells.GetValueOrDefault(domain.DomId) ?? [],
                ClockOffset = ClockOffset.Between(pages.GetValueOrDefault(domain.DomId)?.WallClock, hostClock),
                Faults = [.. faults[domain.DomId].OrderByDescending(fault => fault.Severity)],
                Notes = notes.Of(domain.DomId),
            }),
            Notes = notes.Of(null),
        };
    }

    private Dictionary<ushort, List<ChannelCell>> ReadCells(DomainSelection selection, NoteTaker notes, CancellationToken cancellation)
    {
        var query = new EventChannelQuery(target, notes) { Filter = new() { IncludeClosed = true }, Source = Source, Locate = Locate };
        var domains = new Dictionary<ushort, List<ChannelCell>>();
        List<ChannelCell>? current = null;
        ushort? domId = null;
        foreach (var channel in query.Run(selection, cancellation))
        {
            if (channel.DomId != domId) domains.Add((domId = channel.DomId).Value, current = []);
            ChannelCell.Append(current!, channel);
        }
        return domains;
    }

    private Dictionary<ushort, XenSharedInfo> ReadPages(DomainSelection selection, NoteTaker notes, CancellationToken cancellation)
    {
        var locate = Locate with { VcpuRecords = true, Progress = notes.Report };
        return new SharedInfoQuery(target, notes) { SampleTime = SampleTime, Locate = locate }.Run(selection, cancellation).ToDictionary(page => page.DomId);
    }

    private ILookup<ushort, XenFault> ReadFaults(DomainSelection selection, NoteTaker notes, CancellationToken cancellation)
    {
        var query = new FaultQuery(target, notes)
        {
            Locate = Locate,
            AsksXen = Source == ChannelSource.Hypervisor,
            LookCount = SampleTime > TimeSpan.Zero ? FaultQuery.DefaultLookCount : 1,
        };
        return query.Run(selection, cancellation).ToLookup(fault => fault.DomId);
    }
}
