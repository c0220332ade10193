using XenShared.Files;
using XenShared.Files.DebugKeys;
using XenShared.Guests;
using XenShared.Guests.Deduction;
using XenShared.Guests.Locating;
using XenShared.Guests.Memory;
using XenShared.Hypervisor;
using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>
/// Writes domains of a data source to a capture. If a part of a domain cannot be read, the capture contains the error in its place.
/// </summary>
public sealed class CaptureExport(IXenDataSource target, IQueryObserver observer)
{
    // The parts that need neither the pages nor the ports of the guests. If only these are requested, pages and ports are not read.
    private const CaptureParts ListParts = CaptureParts.DeviceStates | CaptureParts.MappingProcesses;

    // The number of pages of P2M tables that the capture can still take.
    private ulong _p2mPagesLeft;

    // The processor states of each domain at each read.
    private readonly Dictionary<ushort, List<(DomainInfo Domain, IReadOnlyList<VcpuContext> Contexts)>> _contexts = [];

    /// <summary>
    /// Gets the maximum time in which each shared page is read repeatedly, so that the capture shows which vCPU slots Xen still updates.
    /// </summary>
    public TimeSpan SampleTime { get; init; } = VcpuQuery.DefaultSampleTime;

    /// <summary>Gets the parts of each domain to write.</summary>
    public CaptureParts Parts { get; init; } = CaptureParts.Standard;

    /// <summary>
    /// Gets the number of times that a live host is read. A test of event paths from the capture needs three reads, because only several
    /// reads show that a state lasts.
    /// </summary>
    public int ReadCount { get; init; } = 1;

    /// <summary>Gets the time from the start of one read to the start of the next. A read can take longer.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets the clock for the intervals.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Gets the index of the first page to write of each P2M table.</summary>
    public ulong FirstP2mPage { get; init; }

    /// <summary>
    /// The largest number of pages of P2M tables in a capture: those of 128 GiB of guest memory. A capture with many more is too large for
    /// readers.
    /// </summary>
    public const ulong StandardP2mPageCount = 1 << 16;

    /// <summary>
    /// Gets the number of pages of each P2M table to write. All tables together have at most <see cref="StandardP2mPageCount"/> pages.
    /// </summary>
    public ulong P2mPageCount { get; init; } = StandardP2mPageCount;

    /// <summary>Gets the number of pages that all P2M tables together can have in the capture.</summary>
    internal ulong MaximumP2mPages { get; init; } = StandardP2mPageCount;

    /// <summary>Gets a value indicating whether to gzip the capture.</summary>
    public bool Compress { get; init; } = true;

    /// <summary>Gets the options for searching guest memory for event arrays and vCPU records; null for no search.</summary>
    public LocatorOptions? Locate { get; init; } = new();

    /// <summary>Writes a capture of the selected domains.</summary>
    /// <returns>The number of domains in the capture.</returns>
    public int Run(DomainSelection selection, Stream output, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        _p2mPagesLeft = MaximumP2mPages;
        _contexts.Clear();
        if (ConsoleLogTarget.GetToolRemark(target) is { } remark)
            observer.Warn(new QueryWarning(null, XenErrorId.EventStateUnknown, remark));
        var interval = new IntervalTimer(Time, target.IsRealTime ? Interval : TimeSpan.Zero);
        var reads = target.IsLive ? [.. Enumerable.Repeat(target, ReadCount)] : target.Reads;
        using var writer = new CaptureWriter(output, Compress, target.Host, TimeOf(target), target.ReadHostClock());
        if (Parts.HasFlag(CaptureParts.DebugKey)) WriteDebugKey(writer);
        if (RecordedView is { } view) writer.Write(view, target.ChannelsRemark);
        var count = Write(writer, target, selection.Read(target, observer, cancellation), cancellation);
        // The first read has reported the domains that do not exist, so later reads get an observer that drops errors and warnings.
        var silent = new NullObserver(observer);
        foreach (var read in count > 0 ? reads.Skip(1) : [])
        {
            interval.Wait(limit: null, cancellation);
            writer.BeginRead(TimeOf(read), read.ReadHostClock());
            Write(writer, read, selection.Read(read, silent, cancellation), cancellation);
        }
        WriteSeries(writer, cancellation);
        writer.Complete();
        return count;
    }

    private int Write(CaptureWriter writer, IXenDataSource source, IEnumerable<DomainInfo> domains, CancellationToken cancellation)
    {
        var inspector = new GuestInspector(source)
        {
            Locate = Located(),
            ReadsDevices = Parts.HasFlag(CaptureParts.DeviceStates),
            ReadsMappingProcesses = Parts.HasFlag(CaptureParts.MappingProcesses),
            // On a live host, reading processor states pauses vCPUs, so it must be requested. The states in a file are always copied.
            Contexts = Parts.HasFlag(CaptureParts.VcpuContexts) || !source.IsLive,
        };
        var count = 0;
        // A user can give the same domain number twice. The domain is then written once.
        var domIds = new HashSet<ushort>();
        var isList = (Parts & (CaptureParts.Standard | CaptureParts.VcpuContexts | CaptureParts.P2m) & ~ListParts) == 0;
        foreach (var guest in isList
                ? domains.Select(domain => new GuestInspection { Domain = domain, Name = source.ReadName(domain.DomId) })
                    .Select(inspector.AddDetails)
                : inspector.Inspect(domains, SampleTime, cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            if (!domIds.Add(guest.Domain.DomId)) continue;
            writer.Write(ToCaptured(source, guest, cancellation));
            if (guest.Contexts.Count > 0)
            {
                if (!_contexts.TryGetValue(guest.Domain.DomId, out var reads)) _contexts.Add(guest.Domain.DomId, reads = []);
                reads.Add((guest.Domain, guest.Contexts));
            }
            // In a capture that contains Xen's output for debug key e, each domain must have channels or a state. Otherwise readers assume
            // that lines are missing.
            if ((Parts.HasFlag(CaptureParts.Pages) || RecordedView is not null)
                && source.DomainStates is { } states
                && states.Domains.GetValueOrDefault(guest.Domain.DomId) is { } state)
                writer.Write(state, states);
            count++;
        }
        return count;
    }

    // Writes the further reads of processor states that a test of event paths needs. A live host is read only for domains with a vCPU that
    // may hang without taking interrupts. From a file, the further reads that it contains are copied.
    private void WriteSeries(CaptureWriter writer, CancellationToken cancellation)
    {
        var all = target.IsLive && ReadCount > 1
            ? _contexts.Values.Where(CanHang).Select(reads => new ContextSeries(reads[^1].Domain)).ToArray()
            : [.. _contexts.Values.Where(reads => !target.IsLive).Select(reads => new ContextSeries(reads[^1].Domain))];
        new ContextSeriesReader(target, Time).Read(all, cancellation);
        foreach (var series in all) writer.WriteSeries(series.Domain.DomId, series.Reads);
    }

    // Determines whether one of the vCPUs may hang: in each read, it was awake in the same short loop and is not known to take interrupts.
    private bool CanHang(List<(DomainInfo Domain, IReadOnlyList<VcpuContext> Contexts)> reads) =>
        reads.Count == ReadCount
        && reads.TrueForAll(read => read.Domain.Uuid == reads[0].Domain.Uuid)
        && reads.SelectMany(read => read.Contexts)
            .GroupBy(context => context.Vcpu)
            .Any(contexts => contexts.Count() == ReadCount && ContextSeries.CanStay([.. contexts]));

    private static DateTimeOffset? TimeOf(IXenDataSource source) =>
        source.IsLive ? TimeProvider.System.GetUtcNow() : source.TakenAt;

    // Gets Xen's own output about all ports, which only a console log or a capture can contain. Null without such output, and if ports are
    // not requested: the output is then not copied.
    private HypervisorChannels? RecordedView => Parts.HasFlag(CaptureParts.Ports) ? target.Channels : null;

    private LocatorOptions? Located()
    {
        var (arrays, records) = (Parts.HasFlag(CaptureParts.EventArrays), Parts.HasFlag(CaptureParts.VcpuRecords));
        return Locate is null || !arrays && !records
            ? null
            : Locate with
            {
                EventArrays = arrays,
                VcpuRecords = records,
                Progress = observer.Report,
            };
    }

    private void WriteDebugKey(CaptureWriter writer)
    {
        try
        {
            writer.Write(target.DumpEventChannels());
        }
        catch (XenException error) when (!error.IsFatal)
        {
            writer.WriteDebugKey(CapturedError.From(error));
        }
    }

    private CapturedDomain ToCaptured(IXenDataSource source, GuestInspection guest, CancellationToken cancellation)
    {
        var domain = new CapturedDomain
        {
            Reading = guest.Domain,
            Name = guest.Name,
            Devices = guest.Devices,
            DeviceError = Captured(guest.DeviceError),
            MappingProcesses = guest.MappingProcesses,
            MappingProcessError = Captured(guest.MappingProcessError),
            EventArrayError = Captured(guest.EventArrayError),
            VcpuRecordError = Captured(guest.VcpuRecordError),
        };
        if (Parts.HasFlag(CaptureParts.Pages))
        {
            domain.Samples.AddRange(SelectSamples(guest));
            domain.PageError = Captured(guest.PageError);
        }
        if (Parts.HasFlag(CaptureParts.Ports)) domain.PortError = Captured(guest.PortError);
        if (Parts.HasFlag(CaptureParts.Ports) && guest.Ports is { } ports)
        {
            domain.ValidPorts = ports.ValidPorts;
            domain.PortTableCompleteness = ports.Listing;
            domain.Ports.AddRange(ports.Bound);
        }
        domain.Hypervisor = RecordedView?.Domains.GetValueOrDefault(guest.Domain.DomId);
        if (guest.EventArray is { } array)
        {
            domain.EventArrayTakenAt = array.TakenAt;
            domain.EventArrayEvidence = array.Evidence;
            domain.IsEventArrayInferred = !array.IsProved;
            domain.EventArraySource = array.Source;
            domain.EventPages.AddRange(array.Pages);
        }
        domain.VcpuRecords.AddRange(guest.VcpuRecords);
        domain.Contexts.AddRange(guest.Contexts);
        if (Parts.HasFlag(CaptureParts.P2m)) AddP2m(domain, source, guest, cancellation);
        if (!Parts.HasFlag(CaptureParts.Devices)) return domain;
        foreach (var (path, value) in guest.DeviceNodes ?? source.ReadDeviceNodes(guest.Domain.DomId)) domain.DeviceNodes[path] = value;
        return domain;
    }

    private void AddP2m(CapturedDomain domain, IXenDataSource source, GuestInspection guest, CancellationToken cancellation)
    {
        var domId = guest.Domain.DomId;
        try
        {
            var count = Math.Min(P2mPageCount, _p2mPagesLeft);
            if (count == 0)
                throw new XenException(
                    XenErrorId.NotSupportedByHost,
                    $"The P2M table of domain {domId} has no place in a capture with {MaximumP2mPages} pages of other tables",
                    "make a capture of this domain alone")
                {
                    DomId = domId,
                };
            domain.P2m = source.Memory is null
                ? new RecordedP2mTable(source, domId).Copy(FirstP2mPage, count, cancellation)
                : P2mTables.Open(source, guest).Copy(FirstP2mPage, count, cancellation);
            _p2mPagesLeft -= Math.Min((ulong)(domain.P2m?.Pages.Count ?? 0), _p2mPagesLeft);
        }
        catch (XenException error) when (!error.IsFatal)
        {
            domain.P2mError = Captured(error);
        }
    }

    private static CapturedError? Captured(XenException? error) => error is null ? null : CapturedError.From(error);

    // Returns the samples that readers of the capture need: the first and the last, and up to two between. One is at least
    // CalibrationMargin later than the first, and is needed to find out which slots are live. In the other a pending bit differs from the
    // first sample, which shows the event ABI.
    private static IEnumerable<DomainSample> SelectSamples(GuestInspection guest)
    {
        var samples = guest.Samples;
        if (samples.Count <= 2) return samples;
        var between = samples.Skip(1).SkipLast(1).ToArray();
        var early = between.FirstOrDefault(sample => sample.TakenAt - samples[0].TakenAt >= SlotLiveness.CalibrationMargin);
        var moved = guest is { Layout.Layout: { } layout, Ports: { } ports }
            ? between.FirstOrDefault(sample => AbiDeduction.PendingMoved(layout, [samples[0], sample], ports.Bound))
            : null;
        return samples.Where(sample => sample == samples[0] || sample == early || sample == moved || sample == samples[^1]);
    }
}
