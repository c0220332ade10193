using XenShared.Diagnosis;
using XenShared.Diagnosis.Evidence;
using XenShared.Guests.Deduction;
using XenShared.Guests.Locating;
using XenShared.Hypervisor;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Reports;

/// <summary>Reads the data of a report. Each sample inspects a domain once, and every part of the report shows the last sample.</summary>
public sealed class HostReportQuery(IXenDataSource target, IQueryObserver observer)
{
    /// <summary>
    /// Gets the maximum time in which each sample copies the shared pages repeatedly, to distinguish live vCPU records from frozen ones.
    /// With zero, everything is read once, and faults are less certain.
    /// </summary>
    public TimeSpan SampleTime { get; init; } = VcpuQuery.DefaultSampleTime;

    /// <summary>Gets the source of the channels' state.</summary>
    public ChannelSource Source { get; init; }

    /// <summary>Gets the options for searching guest memory.</summary>
    public LocatorOptions Locate { get; init; } = new();

    /// <summary>
    /// Reads the selected domains. A domain that does not exist is reported to the observer. Data that cannot be read becomes a note in the
    /// report.
    /// </summary>
    /// <returns>The report; null if no domain was found.</returns>
    public HostReport? Run(DomainSelection selection, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        var domains = selection.Read(target, observer, cancellation).DistinctBy(domain => domain.DomId).ToArray();
        if (domains.Length == 0) return null;
        var notes = new CollectingObserver(observer);
        var query = new FaultQuery(target, notes)
        {
            Locate = Locate with { SearchAgain = Locate.SearchAgain || Source == ChannelSource.GuestMemory },
            SampleTime = SampleTime,
            UsesHypervisor = Source == ChannelSource.Hypervisor,
            // A report must not disturb the guests, and reading the state of a processor pauses its vCPU.
            PausesVcpus = false,
            SampleCount = SampleTime > TimeSpan.Zero ? FaultQuery.DefaultSampleCount : 1,
        };
        var snapshots = query.TakeSnapshots(domains, selection, cancellation);
        var takenAt = target.IsLive ? TimeProvider.System.GetUtcNow() : target.TakenAt;
        var last = snapshots[^1].ToDictionary(snapshot => snapshot.Guest.Domain.DomId);
        var diagnoses = query.Diagnose(snapshots, selection, cancellation).ToDictionary(domain => domain.DomId);
        return new HostReport
        {
            Host = target.Host,
            Source = target.DisplayName,
            TakenAt = takenAt,
            ControlClock = last.Values.FirstOrDefault()?.Host.Clock,
            Domains = Array.ConvertAll(domains, domain =>
                Report(domain, last.GetValueOrDefault(domain.DomId), diagnoses.GetValueOrDefault(domain.DomId), notes, cancellation)),
            Notes = notes.GetNotes(null),
        };
    }

    private DomainReport Report(
        DomainInfo listed,
        DomainSnapshot? snapshot,
        DomainDiagnosis? diagnosis,
        CollectingObserver notes,
        CancellationToken cancellation)
    {
        if (snapshot is null)
        {
            notes.Fail(
                new XenException(
                    XenErrorId.DomainVanished,
                    $"Domain {listed.DomId} ended while the report was created",
                    "create another report")
                {
                    DomId = listed.DomId,
                });
            return new DomainReport
            {
                Domain = new DomainQuery(target, notes).ToDomain(
                    new GuestInspection { Domain = listed, Name = target.ReadName(listed.DomId) }),
                Notes = notes.GetNotes(listed.DomId),
            };
        }
        var guest = snapshot.Guest;
        var domain = new DomainQuery(target, notes).ToDomain(guest);
        var channels = new EventChannelQuery(target, notes) { Filter = new() { IncludeClosed = true }, Source = Source };
        var cells = new List<ChannelMapCell>();
        foreach (var channel in channels.Channels(guest, snapshot.Host.Hypervisor, cancellation) ?? [])
            ChannelMapCell.Append(cells, channel);
        if (guest.DeviceError is { } deviceError) notes.Fail(deviceError);
        var page = new SharedInfoQuery(target, notes).ToSharedInfo(guest);
        return new DomainReport
        {
            Domain = domain,
            Page = page,
            Cells = cells,
            Devices = snapshot.Xenbus,
            ClockOffset = ClockOffset.Between(page?.WallClock, snapshot.Host.Clock),
            Faults = [.. diagnosis?.Faults.OrderByDescending(fault => fault.Severity) ?? Enumerable.Empty<XenFault>()],
            Results = diagnosis?.Results ?? [],
            Notes = notes.GetNotes(listed.DomId),
        };
    }
}
