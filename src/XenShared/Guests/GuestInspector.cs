using XenShared.Guests.Deduction;
using XenShared.Guests.Locating;
using XenShared.Guests.Memory;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Targets;

namespace XenShared.Guests;

/// <summary>
/// Reads domains of a target and deduces what their pages mean. Errors of one domain are kept with it; only a dead target throws.
/// </summary>
public sealed class GuestInspector(IXenDataSource target)
{
    // Sampling is shared: one wait serves this many domains at a time.
    private const int DomainsPerWait = 64;

    // Each capture is moved as a whole; so many domains are a few hundred KiB.
    private const int DomainsPerCapture = 256;

    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(400);

    private GuestLocator? _locator;
    private WallClockContent? _hostClock;
    private bool _isHostClockRead;
    private DomainSample? _controlSample;

    /// <summary>Gets how guests' memory is searched for what is not in their pages; null when it is not.</summary>
    public LocatorOptions? Locate { get; init; }

    /// <summary>
    /// Inspects domains in their order. With a <paramref name="sampleTime"/> above zero, each page is sampled again and again for that long
    /// (all domains of a batch side by side), which tells live vCPU slots from frozen ones; a target of recorded samples gives those it
    /// has.
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
            return new SampleSeries(target, domain);
        });
        if (target.IsRealTime) SampleAgain(series, sampleTime, cancellation);
        if (Array.Find(series, guest => guest.Domain.DomId == 0) is { Samples: [.., var control] }) _controlSample = control;
        foreach (var guest in LocateAll(_locator, series.Select(Deduce), cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return guest;
        }
    }

    // One capture has all that is wanted of these domains, sampled and searched for where they run, and is inspected here.
    private IEnumerable<GuestInspection> InspectRemotely(DomainInfo[] batch, TimeSpan sampleTime, CancellationToken cancellation)
    {
        var parts = CaptureParts.Pages | CaptureParts.Ports | CaptureParts.Devices;
        if (Locate?.EventArrays == true)
            parts |= CaptureParts.EventArrays;
        if (Locate?.VcpuRecords == true)
            parts |= CaptureParts.VcpuRecords;
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
        var inspector = new GuestInspector(capture) { Locate = Locate };
        foreach (
            var guest in inspector.Inspect(
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

    // It was there when it was listed.
    private GuestInspection Vanished(GuestInspection guest)
    {
        var domId = guest.Domain.DomId;
        var error = new XenException(
            XenErrorId.DomainVanished,
            $"Domain {domId} of {target.DisplayName} went away while it was read; look again.")
        {
            DomId = domId,
            Hint = "Look again.",
        };
        return guest with { PageError = error, PortError = error, DeviceNodes = new Dictionary<string, string>() };
    }

    private static void SampleAgain(SampleSeries[] series, TimeSpan sampleTime, CancellationToken cancellation)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        // Read once a round: on a host that is short of processors the time can run out between two readings, and what is left must not be
        // negative.
        for (var left = sampleTime; left > TimeSpan.Zero && series.Any(guest => guest.IsUndecided); left = sampleTime - clock.Elapsed)
        {
            if (cancellation.WaitHandle.WaitOne(left < s_step ? left : s_step)) cancellation.ThrowIfCancellationRequested();
            foreach (var guest in series)
            {
                cancellation.ThrowIfCancellationRequested();
                guest.Add();
            }
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
        var page = series.Samples.Count > 0 ? series.Samples[^1].Page : null;
        var layout = LayoutDeduction.Deduce(
            domain,
            target.Host.Architecture,
            page,
            page is null || domain.PvWidth is not null ? null : HostClock());
        return WithInferredPorts(
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
            });
    }

    // Where Xen's own view was recorded, the form of its lines tells.
    private AbiDeduction? AbiOf(ushort domId) =>
        target.Channels is { } channels && channels.Domains.TryGetValue(domId, out var domain) && domain.Abi != EventAbi.Unknown
            ? new AbiDeduction(domain.Abi, "Xen's debug key prints its channels in the form of this ABI")
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
        if (!Locate.VcpuRecords) return guests;
        var all = guests.ToArray();
        return all.Zip(locator.ReadVcpuRecords(all, cancellation), (guest, found) =>
            guest with
            {
                VcpuRecords = found.Records,
                VcpuRecordError = found.WhyNot,
            });
    }

    private static GuestInspection LocateEventArray(GuestLocator locator, GuestInspection guest, CancellationToken cancellation)
    {
        // A kernel binds virtual interrupts or IPIs; firmware, and a guest without drivers for Xen, has no event array.
        var mayBeFifo = guest.Abi.Abi == EventAbi.Fifo
            || guest is { Abi.Abi: EventAbi.Unknown, Ports.Listing: PortTableCompleteness.Inferred }
            || guest.Abi.Abi == EventAbi.Unknown
                && guest.Ports?.Bound.Any(port => port.State is ChannelState.VirtualIrq or ChannelState.Ipi) == true;
        if (!mayBeFifo)
            return guest;
        var whyNot = locator.TryReadEventArray(guest, cancellation, out var array);
        var abi =
            array is not null && guest.Abi.Abi == EventAbi.Unknown
                ? new AbiDeduction(EventAbi.Fifo, array.IsProved ? "its FIFO event array was found in its memory" : array.Evidence)
                : guest.Abi;
        return WithInferredPorts(guest with { EventArray = array, EventArrayError = whyNot, Abi = abi });
    }

    /// <summary>Reads the wall clock of the control domain once; of its page that was inspected, where it was.</summary>
    internal WallClockContent? HostClock()
    {
        if (!_isHostClockRead) _hostClock = target.ReadHostClock(_controlSample);
        _isHostClockRead = true;
        return _hostClock;
    }
}
