using XenShared.Diagnosis;
using XenShared.Guests;
using XenShared.Guests.Deduction;
using XenShared.Guests.Locating;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Reports;

/// <summary>Reads all that a report shows.</summary>
public sealed class HostReportQuery(IXenDataSource target, IQueryObserver observer)
{
    /// <summary>
    /// How long pages are sampled at most, in order to tell live vCPU records from frozen ones. Zero reads once, for the faults too, which are then less certain.
    /// </summary>
    public TimeSpan SampleTime { get; init; } = VcpuQuery.DefaultSampleTime;

    /// <summary>Where the channels' state is asked for.</summary>
    public ChannelSource Source { get; init; }

    /// <summary>How guests' memory is searched.</summary>
    public LocatorOptions Locate { get; init; } = new();

    private Dictionary<ushort, GuestInspection>? _known;

    /// <summary>
    /// Reads the selected domains. A domain that does not exist is an error for the observer; what cannot be read of one that does becomes a note in the report.
    /// </summary>
    /// <returns>The report; null when no domain was found.</returns>
    public HostReport? Run(DomainSelection selection, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        var takenAt = target.IsLive ? DateTimeOffset.UtcNow : target.TakenAt;
        _known = InspectFile(selection, cancellation);
        var domains = new DomainQuery(target, observer) { Known = _known }.Run(selection, cancellation).DistinctBy(domain => domain.DomId).ToArray();
        if (domains.Length == 0) return null;
        var notes = new CollectingObserver(observer);
        var found = new DomainSelection { DomIds = Array.ConvertAll(domains, domain => domain.DomId) };
        var cells = ReadCells(found, notes, cancellation);
        var pages = ReadPages(found, notes, cancellation);
        var diagnoses = Diagnose(found, notes, cancellation);
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
                Faults = [.. diagnoses.GetValueOrDefault(domain.DomId)?.Faults.OrderByDescending(fault => fault.Severity) ?? Enumerable.Empty<XenFault>()],
                Results = diagnoses.GetValueOrDefault(domain.DomId)?.Results ?? [],
                Notes = notes.Of(domain.DomId),
            }),
            Notes = notes.Of(null),
        };
    }

    // Nothing in a file changes, so its pages are read, and its memory is searched, once for all parts of the report.
    private Dictionary<ushort, GuestInspection>? InspectFile(DomainSelection selection, CancellationToken cancellation)
    {
        if (target.IsLive || Source != ChannelSource.Auto) return null;
        var inspector = new GuestInspector(target) { Locate = Locate with { EventArrays = true, VcpuRecords = true, Progress = observer.Report } };
        var domains = selection.Read(target, new NullObserver(observer), cancellation).DistinctBy(domain => domain.DomId);
        return inspector.Inspect(domains, TimeSpan.Zero, cancellation).ToDictionary(guest => guest.Domain.DomId);
    }

    private Dictionary<ushort, List<ChannelMapCell>> ReadCells(DomainSelection selection, CollectingObserver notes, CancellationToken cancellation)
    {
        var query = new EventChannelQuery(target, notes) { Filter = new() { IncludeClosed = true }, Source = Source, Locate = Locate, Known = _known };
        var domains = new Dictionary<ushort, List<ChannelMapCell>>();
        List<ChannelMapCell>? current = null;
        ushort? domId = null;
        foreach (var channel in query.Run(selection, cancellation))
        {
            if (channel.DomId != domId) domains.Add((domId = channel.DomId).Value, current = []);
            ChannelMapCell.Append(current!, channel);
        }
        return domains;
    }

    private Dictionary<ushort, XenSharedInfo> ReadPages(DomainSelection selection, CollectingObserver notes, CancellationToken cancellation)
    {
        var locate = Locate with { VcpuRecords = true, Progress = notes.Report };
        return new SharedInfoQuery(target, notes) { SampleTime = SampleTime, Locate = locate, Known = _known }.Run(selection, cancellation).ToDictionary(page => page.DomId);
    }

    private Dictionary<ushort, DomainDiagnosis> Diagnose(DomainSelection selection, CollectingObserver notes, CancellationToken cancellation)
    {
        var query = new FaultQuery(target, notes)
        {
            Locate = Locate,
            Known = _known,
            AsksXen = Source == ChannelSource.Hypervisor,
            LookCount = SampleTime > TimeSpan.Zero ? FaultQuery.DefaultLookCount : 1,
        };
        return query.Diagnose(selection, cancellation).ToDictionary(domain => domain.DomId);
    }
}
