using XenShared.Guests.Deduction;
using XenShared.Guests.Locating;
using XenShared.Guests.Memory;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Targets;

namespace XenShared.Guests;

/// <summary>
/// Reads domains of a data source and deduces the meaning of their shared pages. Errors of one domain are stored with it; only errors of
/// the whole source are thrown.
/// </summary>
public sealed class GuestInspector(IXenDataSource target)
{
    // The maximum number of domains that are sampled together. One wait between two samples is then enough for all of them.
    private const int DomainsPerWait = 64;

    // A remote host is read in batches. Each batch has at most this many domains and is sent as one capture, which then has a few hundred
    // KiB.
    internal const int DomainsPerCapture = 256;

    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(400);

    private GuestLocator? _locator;
    private WallClockContent? _hostClock;
    private bool _isHostClockRead;
    private DomainSample? _controlSample;

    /// <summary>Gets the options for searching guest memory for data that is not in the shared page; null for no search.</summary>
    public LocatorOptions? Locate { get; init; }

    /// <summary>
    /// Gets a value indicating whether to read the run states of vCPUs with each page. Sampling, searches for vCPU records, fault rules,
    /// captures and pokes use them.
    /// </summary>
    public bool RunStates { get; init; } = true;

    /// <summary>
    /// Gets a value indicating whether one sample of each page of a simulated host is enough. It has no effect on other sources: a real
    /// host returns one sample without waiting, and a file returns all samples that it contains.
    /// </summary>
    public bool IsOneSampleEnough { get; init; }

    /// <summary>Gets a value indicating whether to read the devices of each domain.</summary>
    public bool ReadsDevices { get; init; }

    /// <summary>
    /// Gets a value indicating whether to read, for each dying domain, the processes that can hold its memory and so delay its end.
    /// </summary>
    public bool ReadsMappingProcesses { get; init; }

    /// <summary>Gets a value indicating whether to read the registers, the event callback and the local APIC of each vCPU too.</summary>
    public bool Contexts { get; init; }

    /// <summary>
    /// Inspects domains in their order. With a <paramref name="sampleTime"/> above zero, the pages of a batch of domains are sampled
    /// together for at most this time. Sampling ends earlier if it is known which vCPU slots are live and which are frozen. A file returns
    /// the samples that it contains.
    /// </summary>
    /// <exception cref="XenException">The target as a whole failed (<see cref="XenException.IsFatal"/>).</exception>
    public IEnumerable<GuestInspection> Inspect(IEnumerable<DomainInfo> domains, TimeSpan sampleTime, CancellationToken cancellation)
    {
        var isWaiting = sampleTime > TimeSpan.Zero || Locate?.VcpuRecords == true;
        var batchSize = target.IsRemote ? DomainsPerCapture : isWaiting && target.IsRealTime ? DomainsPerWait : 1;
        foreach (var batch in domains.Chunk(batchSize))
        {
            foreach (var guest in InspectBatch(batch, sampleTime, cancellation)) yield return guest;
        }
    }

    private IEnumerable<GuestInspection> InspectBatch(DomainInfo[] batch, TimeSpan sampleTime, CancellationToken cancellation)
    {
        if (target.IsRemote)
        {
            foreach (var guest in InspectRemotely(batch, sampleTime, cancellation)) yield return guest;
            yield break;
        }
        _locator ??= Locate is null ? null : new GuestLocator(target, Locate);
        var series = Array.ConvertAll(batch, domain =>
        {
            cancellation.ThrowIfCancellationRequested();
            return new SampleSeries(target, domain, RunStates, IsOneSampleEnough && target.Kind == TargetKind.Simulated);
        });
        if (target.IsRealTime) SampleAgain(series, sampleTime, cancellation);
        if (Array.Find(series, guest => guest.Domain.DomId == 0) is { Samples: [.., var control] }) _controlSample = control;
        foreach (var guest in LocateAll(_locator, series.Select(Deduce), cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return Contexts ? AddContexts(guest) : guest;
        }
    }

    private GuestInspection AddContexts(GuestInspection guest)
    {
        try
        {
            return guest with { Contexts = target.ReadVcpuContexts(guest.Domain) };
        }
        catch (XenException error) when (!error.IsFatal)
        {
            // The domain may have ended meanwhile. The data that was read before remains valid, so the error is only added to it.
            return guest with { ContextError = error };
        }
    }

    // Inspects domains of a remote host. The remote host takes the samples, searches the memory of the domains, and sends one capture. This
    // method inspects the capture.
    private IEnumerable<GuestInspection> InspectRemotely(DomainInfo[] batch, TimeSpan sampleTime, CancellationToken cancellation)
    {
        var parts = CaptureParts.Pages | CaptureParts.Ports | CaptureParts.Devices;
        if (Locate?.EventArrays == true)
            parts |= CaptureParts.EventArrays;
        if (Locate?.VcpuRecords == true)
            parts |= CaptureParts.VcpuRecords;
        if (ReadsDevices)
            parts |= CaptureParts.DeviceStates;
        if (ReadsMappingProcesses)
            parts |= CaptureParts.MappingProcesses;
        if (Contexts)
            parts |= CaptureParts.VcpuContexts;
        using var capture = target.TakeCapture(
            new CaptureRequest
            {
                DomIds = Array.ConvertAll(batch, domain => domain.DomId),
                Parts = parts,
                SampleTime = sampleTime,
                SearchAgain = Locate?.SearchAgain == true,
                ForceSearch = Locate?.Force == true,
                Progress = line =>
                    Locate?.Progress?.Invoke(
                        new ScanProgress(
                            line.DomId ?? 0,
                            line.DomainName,
                            line.Done ?? 0,
                            line.Total ?? 0,
                            TimeSpan.FromSeconds(Math.Clamp(line.Seconds ?? 0, 0, 1e6)))),
            },
            cancellation);
        var latest = capture.ReadDomains().ToDictionary(domain => domain.DomId);
        var inspector = new GuestInspector(capture)
        {
            Locate = Locate,
            ReadsDevices = ReadsDevices,
            ReadsMappingProcesses = ReadsMappingProcesses,
            Contexts = Contexts,
        };
        foreach (var guest in inspector.Inspect(
                batch.Select(domain => latest.GetValueOrDefault(domain.DomId, domain)),
                TimeSpan.Zero,
                cancellation))
            yield return latest.ContainsKey(guest.Domain.DomId)
                ? guest with
                {
                    DeviceNodes = capture.ReadDeviceNodes(guest.Domain.DomId),
                }
                : Vanished(guest);
    }

    // Returns the inspection of a domain that was listed but is missing in the capture, because it has ended meanwhile. Each part of the
    // inspection gets an error that states this.
    private GuestInspection Vanished(GuestInspection guest)
    {
        var domId = guest.Domain.DomId;
        var error = new XenException(
            XenErrorId.DomainVanished,
            $"Domain {domId} of {target.DisplayName} ended while it was read",
            "read again")
        {
            DomId = domId,
        };
        return guest with
        {
            PageError = error,
            PortError = error,
            DeviceError = error,
            ContextError = error,
            DeviceNodes = new Dictionary<string, string>(),
        };
    }

    private static void SampleAgain(SampleSeries[] series, TimeSpan sampleTime, CancellationToken cancellation)
    {
        var start = TimeProvider.System.GetTimestamp();
        // The remaining time is calculated once per round, and used for both the check and the wait. If the wait calculated it again, it
        // could be negative, because time passes between the two on a busy host.
        var left = sampleTime;
        while (left > TimeSpan.Zero && series.Any(guest => guest.IsUndecided))
        {
            TimeProvider.System.Wait(left < s_step ? left : s_step, cancellation);
            foreach (var guest in series)
            {
                cancellation.ThrowIfCancellationRequested();
                guest.Add();
            }
            left = sampleTime - TimeProvider.System.GetElapsedTime(start);
        }
    }

    private GuestInspection Deduce(SampleSeries series)
    {
        var domain = series.Domain;
        PortTable? ports = null;
        XenException? portError = null;
        try
        {
            ports = target.ReadPorts(domain.DomId);
        }
        catch (XenException error) when (!error.IsFatal)
        {
            portError = error;
        }
        var sample = series.Samples.Count > 0 ? series.Samples[^1] : null;
        var layout = LayoutDeduction.Deduce(
            domain,
            target.Host.Architecture,
            sample,
            sample is null || domain.PvWidth is not null ? null : HostClock());
        return WithInferredPorts(AddDetails(
            new GuestInspection
            {
                Domain = domain,
                Name = target.ReadName(domain.DomId),
                Samples = series.Samples,
                PageError = series.Error,
                Ports = ports,
                PortError = portError,
                Layout = layout,
                Abi = AbiOf(domain.DomId) ?? AbiDeduction.Deduce(layout.Layout, series.Samples, ports),
            }));
    }

    /// <summary>Reads the devices of a domain and the processes that can hold it, if they are requested.</summary>
    internal GuestInspection AddDetails(GuestInspection guest) => AddMappingProcesses(AddDevices(guest));

    private GuestInspection AddMappingProcesses(GuestInspection guest)
    {
        // Processes that have pages of a domain mapped matter only if the domain is dying, because they delay its end. Otherwise such
        // mappings are normal.
        if (!ReadsMappingProcesses || guest.Domain.State != DomainState.Dying) return guest;
        try
        {
            return guest with { MappingProcesses = target.ReadMappingProcesses(guest.Domain.DomId) };
        }
        catch (XenException error) when (!error.IsFatal)
        {
            return guest with { MappingProcessError = error };
        }
    }

    private GuestInspection AddDevices(GuestInspection guest)
    {
        if (!ReadsDevices) return guest;
        try
        {
            return guest with { Devices = target.ReadDevices(guest.Domain.DomId) };
        }
        catch (XenException error) when (!error.IsFatal)
        {
            return guest with { DeviceError = error };
        }
    }

    // Returns the ABI that the output of Xen's debug key shows: the format of a port's line depends on the ABI. Returns null if there is no
    // output with ports of this domain.
    private AbiDeduction? AbiOf(ushort domId) =>
        target.Channels is { } channels && channels.Domains.TryGetValue(domId, out var domain) && domain.Abi != EventAbi.Unknown
            ? new AbiDeduction(domain.Abi, domain.AbiEvidence)
            : null;

    private static GuestInspection WithInferredPorts(GuestInspection guest) =>
        guest.Ports is { Listing: PortTableCompleteness.Inferred } && InferredPorts.Deduce(guest) is { } shown
            ? guest with
            {
                Ports = shown,
            }
            : guest;

    private IEnumerable<GuestInspection> LocateAll(
        GuestLocator? locator,
        IEnumerable<GuestInspection> guests,
        CancellationToken cancellation)
    {
        if (locator is null) return guests;
        if (Locate!.EventArrays) guests = guests.Select(guest => LocateEventArray(locator, guest, cancellation));
        if (Locate.ControlBlocks) guests = guests.Select(guest => LocateControlBlocks(locator, guest, cancellation));
        if (!Locate.VcpuRecords) return guests;
        var all = guests.ToArray();
        return all.Zip(locator.ReadVcpuRecords(all, cancellation), (guest, found) =>
            guest with
            {
                VcpuRecords = found.Records,
                VcpuRecordError = found.WhyNot,
            });
    }

    // Only a guest with an event array has control blocks. A source with recorded locations returns those that it has.
    private GuestInspection LocateControlBlocks(GuestLocator locator, GuestInspection guest, CancellationToken cancellation)
    {
        if (guest.Abi.Abi == EventAbi.TwoLevel) return guest;
        if (!target.HasLocations && guest.EventArray is not { IsProved: true })
            return guest with { ControlBlockError = guest.EventArrayError ?? NoEventArray(guest.Domain.DomId) };
        var (blocks, whyNot) = locator.ReadControlBlocks(guest, cancellation);
        return guest with { ControlBlocks = blocks, ControlBlockError = whyNot };
    }

    private static XenException NoEventArray(ushort domId) => ScanCache.NotLocated(
        domId,
        $"The event array of domain {domId} is not known, and it identifies the control blocks",
        "read them on its host");

    private static GuestInspection LocateEventArray(GuestLocator locator, GuestInspection guest, CancellationToken cancellation)
    {
        // The event array is located only if the guest may use FIFO channels. If the ABI is not known, a bound virtual interrupt or IPI is
        // required: it shows a kernel with Xen drivers. Without such a kernel there is no event array. If there is no port table, this
        // cannot be checked, so the event array is searched in any case.
        var mayBeFifo = guest.Abi.Abi == EventAbi.Fifo
            || guest is { Abi.Abi: EventAbi.Unknown, Ports.Listing: PortTableCompleteness.Inferred }
            || guest.Abi.Abi == EventAbi.Unknown
                && guest.Ports?.Bound.Any(port => port.State is ChannelState.VirtualIrq or ChannelState.Ipi) == true;
        if (!mayBeFifo)
            return guest;
        var (array, whyNot) = locator.ReadEventArray(guest, cancellation);
        var abi = array switch
        {
            { Source: StateSource.Kernel } => new AbiDeduction(EventAbi.Fifo, array.Evidence),
            not null when guest.Abi.Abi == EventAbi.Unknown => new AbiDeduction(
                EventAbi.Fifo,
                array.IsProved ? "its FIFO event array was found in its memory" : array.Evidence),
            _ => guest.Abi,
        };
        return WithInferredPorts(guest with { EventArray = array, EventArrayError = whyNot, Abi = abi });
    }

    /// <summary>
    /// Reads the wall clock of the control domain once, if possible from the sample of its shared page; null if it cannot be read.
    /// </summary>
    internal WallClockContent? HostClock()
    {
        if (!_isHostClockRead) _hostClock = target.ReadHostClock(_controlSample);
        _isHostClockRead = true;
        return _hostClock;
    }

    /// <summary>Collects the samples of one domain.</summary>
    private sealed class SampleSeries
    {
        private readonly IXenDataSource _target;

        public SampleSeries(IXenDataSource target, DomainInfo domain, bool runStates, bool isOneEnough)
        {
            _target = target;
            Domain = domain;
            try
            {
                if (!isOneEnough) Samples.AddRange(target.ReadSamples(domain, runStates));
                if (Samples.Count == 0) Samples.Add(target.ReadSample(domain, runStates));
            }
            catch (XenException error) when (!error.IsFatal)
            {
                Error = error;
            }
        }

        public DomainInfo Domain { get; }

        /// <summary>Gets the reason why the page could not be read at all. A domain that ends between samples keeps its samples.</summary>
        public XenException? Error { get; }

        public List<DomainSample> Samples { get; } = [];

        /// <summary>
        /// Gets a value indicating whether another sample could help: the slot of a vCPU is neither proved live nor proved frozen.
        /// </summary>
        public bool IsUndecided
        {
            get
            {
                if (Samples.Count == 0 || Domain.State is not (DomainState.Running or DomainState.Blocked or DomainState.Runnable))
                    return false;
                // Both x86 layouts have the slots at the same offsets, so the layout need not be known.
                var slots = Math.Min((Domain.MaxVcpuId ?? -1) + 1, SharedInfoLayout.X86_64.SlotCount);
                return Enumerable.Range(0, slots).Any(vcpu => SlotLiveness.Deduce(Samples, SharedInfoLayout.X86_64, vcpu).IsLive is null);
            }
        }

        public void Add()
        {
            if (!IsUndecided) return;
            try
            {
                Samples.Add(_target.ReadSample(Domain.DomId));
            }
            catch (XenException error) when (!error.IsFatal)
            {
                // The domain has ended or moved its page. Earlier samples remain valid.
            }
        }
    }
}
