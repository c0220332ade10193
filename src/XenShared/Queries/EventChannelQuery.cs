using XenShared.Files.DebugKeys;
using XenShared.Guests;
using XenShared.Guests.Deduction;
using XenShared.Guests.Locating;
using XenShared.Hypervisor;
using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>Lists event channels, with their pending and masked bits if known.</summary>
public sealed class EventChannelQuery(IXenDataSource target, IQueryObserver observer)
{
    /// <summary>Gets the filter for channels.</summary>
    public ChannelFilter Filter { get; init; } = new();

    /// <summary>Gets the source of the channels' state.</summary>
    public ChannelSource Source { get; init; }

    /// <summary>Gets the options for searching guest memory.</summary>
    public LocatorOptions Locate { get; init; } = new();

    /// <summary>
    /// Gets a value indicating whether each list reads all samples that a simulated host has of a page, not only one. This advances the
    /// time of the domain by two seconds, so that there are changes to watch. It has no effect on other sources.
    /// </summary>
    internal bool ReadsAllSamples { get; init; }

    // A batch of this size is so large that its costs (a lock, and with several targets a change of threads) do not matter. It is so small
    // that 50 targets with full queues need little memory.
    private const int BatchSize = 64;

    private bool _isRemarked;

    /// <summary>
    /// Streams the channels of the selected domains by port. If states of a domain are not known, the observer gets one warning with the
    /// reason and the recommended action. It also gets the errors of a domain, and the query continues with the next one.
    /// </summary>
    public IEnumerable<XenEventChannel> Run(DomainSelection selection, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        return RunByDomain(selection, cancellation).SelectMany(domain => domain.Channels ?? []);
    }

    /// <summary>
    /// Streams the channels as <see cref="Run"/>, but in arrays. An array contains channels of one domain only, so it is returned before
    /// the next domain is read.
    /// </summary>
    public IEnumerable<XenEventChannel[]> RunInBatches(DomainSelection selection, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        return RunByDomain(selection, cancellation).SelectMany(domain => (domain.Channels ?? []).Chunk(BatchSize));
    }

    /// <summary>Streams the channels grouped by domain, including domains whose channels could not be read.</summary>
    internal IEnumerable<DomainChannels> RunByDomain(DomainSelection selection, CancellationToken cancellation)
    {
        var xen = new HypervisorView(target, observer);
        var inspector = new GuestInspector(target) { Locate = LocatorFor(Source), RunStates = false, IsOneSampleEnough = !ReadsAllSamples };
        foreach (var guest in inspector.Inspect(selection.Read(target, observer, cancellation), TimeSpan.Zero, cancellation))
        {
            yield return new DomainChannels(guest.Domain, guest.Name, Channels(guest, xen, cancellation));
        }
    }

    /// <summary>
    /// Returns the channels of an inspected guest; null if its ports could not be read. The observer gets the error.
    /// </summary>
    internal IEnumerable<XenEventChannel>? Channels(GuestInspection guest, HypervisorView xen, CancellationToken cancellation)
    {
        if (guest.Ports is null && guest.PortError is { } error) observer.Fail(error);
        return guest.Ports is { } ports ? Channels(guest, ports, xen, cancellation) : null;
    }

    private IEnumerable<XenEventChannel> Channels(
        GuestInspection guest,
        PortTable ports,
        HypervisorView xen,
        CancellationToken cancellation)
    {
        if (!_isRemarked && target.ChannelsRemark is { } remark)
            observer.Warn(new QueryWarning(null, XenErrorId.EventStateUnknown, remark));
        _isRemarked = true;
        foreach (var port in FindMissing(ports, Filter.Ports)) observer.Fail(NoSuchPort(guest.Domain.DomId, port, ports));
        var choice = Choose(guest, ports, xen);
        if (ports.Bound.Count > 0 || ports.Listing == PortTableCompleteness.Inferred) ReportWarnings(guest, choice);
        var view = new ChannelView(guest, ports, target, choice.States, choice.WhyNot);
        foreach (var channel in view.Channels(Filter, cancellation)) yield return channel;
    }

    private ChannelStateChoice Choose(GuestInspection guest, PortTable ports, HypervisorView xen)
    {
        if (target.Channels is { } channels && channels.Domains.TryGetValue(guest.Domain.DomId, out var domain))
            return Recorded(channels, domain, guest, ports);
        return Source == ChannelSource.Hypervisor ? xen.Read(guest, ports) : ChannelStateChoice.Create(guest, Source);
    }

    private ChannelStateChoice Recorded(HypervisorChannels channels, HypervisorDomain domain, GuestInspection guest, PortTable ports)
    {
        if (Source == ChannelSource.SharedPage && domain.IsFromGuest) return new(new HypervisorStates(domain, ports, null), null);
        if (Source is ChannelSource.SharedPage or ChannelSource.GuestMemory or ChannelSource.Kernel)
            return new(null, $"{target.DisplayName} contains Xen's output, but no guest memory; omit the source to see it.");
        if (!domain.IsComplete && !domain.IsFromGuest)
            observer.Warn(
                new QueryWarning(
                    domain.DomId,
                    XenErrorId.EventStateUnknown,
                    $"Domain {domain.DomId}: some lines about its channels are incomplete in {target.DisplayName}, so some channels "
                        + $"may not be listed."));
        return new(new HypervisorStates(domain, ports, channels.TakenAt), null);
    }

    private LocatorOptions? LocatorFor(ChannelSource source) =>
        source is ChannelSource.Auto or ChannelSource.GuestMemory or ChannelSource.Kernel
            ? Locate with
            {
                EventArrays = true,
                Source = source,
                SearchAgain = Locate.SearchAgain || source == ChannelSource.GuestMemory,
                Progress = observer.Report,
            }
            : null;

    // If guest memory or the kernel was requested as the source, a failed read is an error. Otherwise it is a warning, because the channels
    // are listed anyway.
    private void ReportWarnings(GuestInspection guest, ChannelStateChoice choice)
    {
        if (choice.Error is { } error && Source is ChannelSource.GuestMemory or ChannelSource.Kernel) observer.Fail(error);
        else if (choice.WhyNot is { } reason)
            observer.Warn(
                new QueryWarning(
                    guest.Domain.DomId,
                    XenErrorId.EventStateUnknown,
                    $"Domain {guest.Domain.DomId}{Named(guest.Name)}: pending and masked are not known: {reason}"));
        else if (guest.Ports?.Listing == PortTableCompleteness.Inferred)
            observer.Warn(
                new QueryWarning(
                    guest.Domain.DomId,
                    XenErrorId.EventStateUnknown,
                    $"Domain {guest.Domain.DomId}{Named(guest.Name)}: there is no table of its ports. Only ports that are "
                        + $"unmasked or pending are listed. Their bindings are not known"
                        + (choice.States is HypervisorStates ? "." : ", and the place of their state is inferred."))
            );
    }

    /// <summary>Determines whether a port exists. If the table is not complete, only the ports in it are known to exist.</summary>
    internal static bool Has(PortTable ports, uint port) =>
        ports.Listing == PortTableCompleteness.Complete ? port < ports.ValidPorts : ports.Bound.Any(bound => bound.Port == port);

    private static IEnumerable<uint> FindMissing(PortTable ports, IReadOnlyList<uint> wanted)
    {
        if (wanted.Count == 0 || ports.Listing == PortTableCompleteness.Complete) return wanted.Where(port => !Has(ports, port));
        var listed = ports.Bound.Select(bound => bound.Port).ToHashSet();
        return wanted.Where(port => !listed.Contains(port));
    }

    private static string Named(string? name) => name is null ? "" : $" ({name})";

    /// <summary>Creates the error for a port that does not exist, or about which nothing is known.</summary>
    internal static XenException NoSuchPort(ushort domId, uint port, PortTable ports) =>
        new(
            XenErrorId.EventChannelNotFound,
            ports switch
            {
                { Listing: not PortTableCompleteness.Complete } =>
                    $"Nothing is known about port {port} of domain {domId}",
                { ValidPorts: 0 } => $"Domain {domId} has no port {port} (it has none at all)",
                _ => $"Domain {domId} has no port {port} (its ports end at {ports.ValidPorts - 1})",
            },
            "list its channels to see its ports")
        {
            DomId = domId,
            Port = port,
        };
}
