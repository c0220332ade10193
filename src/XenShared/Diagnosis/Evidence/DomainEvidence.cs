using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Queries;

namespace XenShared.Diagnosis.Evidence;

/// <summary>
/// Holds one or more snapshots of a domain for the fault rules, oldest first. Rules read nothing else, so they judge live hosts and
/// captures alike. Values that rules need often are indexed by port or vCPU, so the time of the rules is proportional to the number of
/// ports.
/// </summary>
internal sealed class DomainEvidence
{
    /// <summary>
    /// The minimum time for which a state must stay the same to be evidence of a fault. A guest that is only busy handles its events in
    /// less time.
    /// </summary>
    public static readonly TimeSpan MinimumObservation = TimeSpan.FromSeconds(1);

    /// <summary>The reason why a rule that needs two samples does not judge a single one.</summary>
    public const string NeedsSamples = "one sample cannot show it; take several samples, or compare with an earlier capture";

    /// <summary>The reason why a rule about the time between samples does not judge samples without times.</summary>
    public const string NeedsTimes = "the times of the samples are not known; a date before each line is necessary, from Xen or a logger";

    /// <summary>The reason why a rule about devices does not judge samples without devices.</summary>
    public const string NeedsDevices = "the states of devices are not in every sample; only hosts and newer captures have them";

    /// <summary>The reason why a rule does not judge a waiting event from a file without processor states.</summary>
    public const string NeedsContexts = "the file does not contain the processor states of its vCPUs; a capture contains them on request";

    private readonly DomainSnapshot[] _snapshots;
    private readonly CancellationToken _cancellation;
    private readonly Dictionary<int, IReadOnlyList<VcpuObservation>> _records = [];
    private readonly ILookup<int, RunObservation> _runs;
    private readonly ILookup<int, XenEventChannel> _byVcpu;
    private XenEventChannel[]? _waiting;
    private uint[]? _portsOfUnknownState;

    /// <summary>
    /// Collects the snapshots of one domain. Snapshots from before its last start are left out. If the time of a snapshot or the UUID of
    /// the domain is unknown, only the snapshots from dumps of the same log can be compared.
    /// </summary>
    public DomainEvidence(IEnumerable<DomainSnapshot> snapshots, CancellationToken cancellation = default)
    {
        _cancellation = cancellation;
        var ordered = snapshots.ToArray();
        var judged = ordered[^1];
        if (ordered.Any(snapshot => snapshot.KnownTime is null) || judged.Guest.Domain.Uuid is null)
            ordered = Array.FindAll(ordered, IsOfLog);
        // The dumps of a log are in the order in which Xen printed them. If their dates are in another order, the dates are wrong and not
        // used.
        HasTimes = ordered.All(snapshot => snapshot.KnownTime is not null) && IsAscending(ordered.Where(IsOfLog));
        if (HasTimes) ordered = [.. ordered.OrderBy(snapshot => snapshot.TakenAt)];
        else ordered = Array.FindAll(ordered, IsOfLog);
        var latest = ordered[^1].Guest.Domain;
        // The processor time of a domain only increases. If that of a snapshot is higher than that of the latest snapshot, the domain was
        // restarted after that snapshot, so the snapshot is left out. If one of the two times is not known, the snapshot is kept.
        _snapshots =
        [
            .. ordered.Where(snapshot =>
                snapshot.Guest.Domain is var domain
                && domain.DomId == latest.DomId
                && (domain.Uuid == latest.Uuid || snapshot.IsSameRun && (domain.Uuid is null || latest.Uuid is null))
                && !(domain.CpuTimeNanoseconds > latest.CpuTimeNanoseconds)),
        ];
        Channels =
        [
            .. Each(Latest.Channels)
                .Where(channel => _snapshots.All(snapshot => snapshot.ChannelAt(channel.Port) is { } peer && IsSameBinding(channel, peer))),
        ];
        _byVcpu = Channels.Where(channel => channel.Vcpu is not null).ToLookup(channel => channel.Vcpu!.Value);
        _runs = _snapshots
            .SelectMany(snapshot =>
                snapshot.Guest.Samples.SelectMany(sample =>
                    sample.Vcpus.Select(vcpu => new RunObservation(sample.TakenAt ?? snapshot.TakenAt, vcpu))))
            .ToLookup(run => run.Vcpu.Vcpu);

        bool IsOfLog(DomainSnapshot snapshot) => snapshot.IsSameRun || snapshot == judged;
    }

    /// <summary>Gets the snapshots, oldest first.</summary>
    public IReadOnlyList<DomainSnapshot> Snapshots => _snapshots;

    public DomainSnapshot Latest => _snapshots[^1];

    public ushort DomId => Latest.Guest.Domain.DomId;

    /// <summary>Gets a value indicating whether the domain is being destroyed.</summary>
    public bool IsDying => Latest.Guest.Domain.State == DomainState.Dying;

    /// <summary>Gets a value indicating whether there is more than one snapshot.</summary>
    public bool IsRepeated => _snapshots.Length > 1;

    /// <summary>Gets a value indicating whether the times of the snapshots are known. Otherwise only their order is known.</summary>
    public bool HasTimes { get; }

    /// <summary>
    /// Gets the time from the first sample of the oldest snapshot to the latest snapshot; null if there are several snapshots and their
    /// times are not known.
    /// </summary>
    public TimeSpan? Span => HasTimes || !IsRepeated
        ? Latest.TakenAt - (_snapshots[0].Guest.Samples is [{ TakenAt: { } first }, ..] ? first : _snapshots[0].TakenAt)
        : null;

    /// <summary>Gets the channels of the latest snapshot that have the same binding in every snapshot.</summary>
    public IReadOnlyList<XenEventChannel> Channels { get; }

    /// <summary>
    /// Gets a value indicating whether the domain runs a kernel that handles events as interrupts. Such a kernel has bound virtual
    /// interrupts or IPIs. Firmware and boot loaders bind none: they poll, and leave pending bits set.
    /// </summary>
    public bool TakesInterrupts => Latest.Channels.Any(channel => channel.State is ChannelState.VirtualIrq or ChannelState.Ipi);

    /// <summary>
    /// Gets the reason why pending events of the domain are no evidence of a fault; null if they can be. For example, a paused domain
    /// handles no events.
    /// </summary>
    public string? WhyNoEvents =>
        _snapshots.Any(snapshot => snapshot.CanRun == false)
            ? "a domain that is paused handles no event"
            : WhyNoPorts
                ?? (
                    !TakesInterrupts && !Latest.HasAllPorts
                        ? "not all of its ports are known, and the known ones do not show whether it receives events as interrupts"
                        : null);

    /// <summary>Gets the reason why the bindings of the domain's ports are not known; null if they are.</summary>
    public string? WhyNoPorts => Latest switch
    {
        { WhyNoPorts: { } why } => why,
        { Guest.Ports.Listing: PortTableCompleteness.Inferred } => "the file does not contain the bindings of its ports",
        _ => null,
    };

    /// <summary>Gets the reason why the domain's page cannot be judged; null if there is a copy with a known layout.</summary>
    public string? WhyNoPage => Latest.Guest switch
    {
        { Latest: null, PageError: { } error } => error.Message,
        { Latest: null } => "its shared page was not read",
        _ when Layout is null => $"the layout of its shared page is not known: {Latest.Guest.Layout.Evidence}",
        _ => null,
    };

    /// <summary>Gets the reason why the domain's vCPU records are not known; null if they are.</summary>
    public string? WhyNoRecords => Latest.Vcpus.Count > 0 ? null : WhyNoPage ?? "its number of vCPUs is not known";

    /// <summary>Gets the reason why the clocks of the domain's vCPUs cannot be compared; null if they can.</summary>
    public string? WhyNoClocks =>
        Snapshots.Any(snapshot => snapshot.CanRun == false)
            ? "the clocks of a paused domain do not advance"
            : WhyNoRecords ?? (IsRepeated ? null : NeedsSamples);

    /// <summary>Gets the reason why the domain's devices cannot be judged; null if they are known in every snapshot.</summary>
    public string? WhyNoDevices =>
        Latest.Guest.DeviceError is { } error ? error.Message
        : _snapshots.All(snapshot => snapshot.Xenbus is not null) ? null
        : NeedsDevices;

    /// <summary>
    /// Gets a value indicating whether all devices of the domain are known. They are not if xenstore contains more nodes than were read.
    /// </summary>
    public bool HasAllDevices => Latest.Guest.Devices?.IsComplete == true;

    /// <summary>Gets the layout of the page if it is the same in every snapshot; otherwise null.</summary>
    public SharedInfoLayout? Layout => Latest.Layout is { } layout && _snapshots.All(snapshot => snapshot.Layout == layout) ? layout : null;

    /// <summary>Gets the event ABI if it is the same in every snapshot; otherwise Unknown.</summary>
    public EventAbi Abi => Latest.Guest.Abi.Abi is var abi && _snapshots.All(snapshot => snapshot.Guest.Abi.Abi == abi)
        ? abi
        : EventAbi.Unknown;

    /// <summary>Gets a value indicating whether every snapshot has two-level channels and the same known layout.</summary>
    public bool IsTwoLevel => Layout is not null && Abi == EventAbi.TwoLevel;

    /// <summary>Gets the channels with an event that waits: pending and not masked at each observation.</summary>
    public IReadOnlyList<XenEventChannel> Waiting => _waiting ??=
    [
        .. DeliveredChannels.Where(channel =>
            Observe(channel.Port) is { Count: > 0 } observations
            && observations.All(observation => observation is { Pending: true, Masked: false })),
    ];

    /// <summary>Gets a value indicating whether an event waits for a kernel that can run.</summary>
    public bool HasWaiting => Latest.WhyNotAlive is null && WhyNoEvents is null && TakesInterrupts && Waiting.Count > 0;

    /// <summary>Gets the ports of which it is not known whether an event waits.</summary>
    public IReadOnlyList<uint> PortsOfUnknownState => _portsOfUnknownState ??=
    [
        .. DeliveredChannels
            .Select(channel => channel.Port)
            .Where(port =>
                Observe(port) is var observations
                && !observations.Any(observation => observation.Pending == false || observation.Masked == true)
                && (observations.Count == 0 || observations.Any(observation => observation is not { Pending: true, Masked: false }))),
    ];

    /// <summary>
    /// Gets or sets the snapshots with the processor states of the vCPUs, oldest first. For fault rules, they are taken after the samples,
    /// and only if an event waits. The test of event paths has only these snapshots.
    /// </summary>
    public IReadOnlyList<DomainSnapshot> ContextReads { get; set; } = [];

    /// <summary>
    /// Gets or sets further processor states of the vCPUs, in quick succession after <see cref="ContextReads"/>. They are read only if
    /// these show a vCPU that may hang without taking interrupts, because a busy vCPU can look the same. Otherwise null.
    /// </summary>
    public ContextSeries? Series { get; set; }

    /// <summary>Gets or sets the reason why there are no processor states; null if there are.</summary>
    public string? WhyNoContexts { get; set; } = "its vCPUs were not paused to read their processor states";

    private IEnumerable<XenEventChannel> DeliveredChannels =>
        Each(Channels).Where(channel => channel is { State: not (null or ChannelState.Closed), Vcpu: not null });

    /// <summary>
    /// Enumerates items, and throws if the query is cancelled. Rules enumerate every list of the domain with this method, so that
    /// cancellation takes effect soon.
    /// </summary>
    public IEnumerable<T> Each<T>(IEnumerable<T> items)
    {
        foreach (var item in items)
        {
            _cancellation.ThrowIfCancellationRequested();
            yield return item;
        }
    }

    /// <summary>Returns the channels that are delivered to a vCPU.</summary>
    public IEnumerable<XenEventChannel> ChannelsOf(int vcpu) => Each(_byVcpu[vcpu]);

    /// <summary>Returns the devices of the latest snapshot for which a condition is true in every snapshot.</summary>
    public IEnumerable<XenDevice> DevicesInAll(Func<DomainSnapshot, XenDevice, bool> condition) =>
        Each(Latest.Xenbus ?? []).Where(latest =>
            _snapshots.All(snapshot =>
                snapshot.Xenbus?.FirstOrDefault(device => device.Kind == latest.Kind && device.Id == latest.Id) is { } device
                && condition(snapshot, device)));

    /// <summary>
    /// Returns the state of a port at each observation: each sample of the page for two-level channels, otherwise each snapshot. Unknown
    /// states are included.
    /// </summary>
    public IReadOnlyList<ChannelObservation> Observe(uint port) => [.. _snapshots.SelectMany(snapshot => Observe(snapshot, port))];

    /// <summary>
    /// Returns the time from the first to the last observation; null if the times of several snapshots are not known.
    /// </summary>
    public TimeSpan? SpanOf(IReadOnlyList<ChannelObservation> observations) =>
        HasTimes || !IsRepeated ? observations[^1].TakenAt - observations[0].TakenAt : null;

    /// <summary>
    /// Returns the content of the live record of a vCPU at each observation; empty unless every snapshot contains a live record.
    /// </summary>
    public IReadOnlyList<VcpuObservation> Observe(int vcpu)
    {
        if (!_records.TryGetValue(vcpu, out var known)) _records[vcpu] = known = ObserveRecord(vcpu);
        return known;
    }

    /// <summary>Returns the scheduler state of a vCPU in every sample.</summary>
    public IEnumerable<RunObservation> Runs(int vcpu) => _runs[vcpu];

    /// <summary>Determines whether the scheduler state of a vCPU is known. Only live hosts and captures have it.</summary>
    public bool KnowsRuns(int vcpu) => _runs.Contains(vcpu);

    /// <summary>
    /// Determines whether a vCPU is known to be offline, or not to have run from the first sample to the last. Xen does not update the
    /// record of such a vCPU, so an unchanged record is then no fault.
    /// </summary>
    public bool DidNotRun(int vcpu)
    {
        var runs = Runs(vcpu).ToArray();
        return runs.Length > 0
            && (
                Array.TrueForAll(runs, run => !run.Vcpu.Online)
                || (runs.Length > 1 && runs[^1].Vcpu.CpuTimeNanoseconds == runs[0].Vcpu.CpuTimeNanoseconds));
    }

    /// <summary>Determines whether a vCPU slept all the time: blocked in each sample, without any run time between them.</summary>
    public bool IsAsleep(int vcpu) =>
        Runs(vcpu).ToArray() is [var first, .., var last] runs
        && last.TakenAt - first.TakenAt >= MinimumObservation
        && Array.TrueForAll(runs, run =>
            run.Vcpu is { Online: true, Blocked: true } && run.Vcpu.CpuTimeNanoseconds == first.Vcpu.CpuTimeNanoseconds);

    /// <summary>Determines whether a vCPU was on a processor in each sample, and ran between them.</summary>
    public bool IsRunning(int vcpu) =>
        Runs(vcpu).ToArray() is [var first, .., var last] runs
        && last.TakenAt - first.TakenAt >= MinimumObservation
        && Array.TrueForAll(runs, run => run.Vcpu is { Online: true, Running: true })
        && last.Vcpu.CpuTimeNanoseconds > first.Vcpu.CpuTimeNanoseconds;

    /// <summary>Returns the reason if no live record of an online vCPU is known; null if one is known, or if the vCPU is offline.</summary>
    public string? WhyNoRecord(int vcpu) =>
        Observe(vcpu).Count > 0 || (KnowsRuns(vcpu) && Runs(vcpu).All(run => !run.Vcpu.Online))
            ? null
            : $"no live record of vCPU {vcpu} is known";

    private static IEnumerable<ChannelObservation> Observe(DomainSnapshot snapshot, uint port)
    {
        if (snapshot.Guest.Abi.Abi == EventAbi.TwoLevel && snapshot.Layout is { } layout && port < layout.PortCount)
        {
            foreach (var sample in snapshot.Guest.Samples)
            {
                var bits = new SharedPageStates(sample, layout).Find(port, out _);
                yield return new(sample.TakenAt ?? snapshot.TakenAt, bits?.Pending, bits?.Masked, Linked: null);
            }
            yield break;
        }
        if (snapshot.ChannelAt(port) is { } channel)
            yield return new(channel.TakenAt ?? snapshot.TakenAt, channel.Pending, channel.Masked, channel.Linked);
    }

    private List<VcpuObservation> ObserveRecord(int vcpu)
    {
        var all = new List<VcpuObservation>();
        foreach (var snapshot in _snapshots)
        {
            if (snapshot.VcpuAt(vcpu) is not { IsLive: true, UpcallPending: { } pending, PendingSelector: { } selector } record) return [];
            if (record.Source != StateSource.SharedPage)
                all.Add(new(record.TakenAt ?? snapshot.TakenAt, pending, record.UpcallMask, selector));
            else all.AddRange(snapshot.Guest.Samples.Select(sample => Slot(snapshot, sample, vcpu)));
        }
        return all;
    }

    private static VcpuObservation Slot(DomainSnapshot snapshot, DomainSample sample, int vcpu)
    {
        var slot = sample.Page.Span[snapshot.Layout!.SlotOffset(vcpu)!.Value..];
        var layout = snapshot.Layout.Vcpu;
        return new(
            sample.TakenAt ?? snapshot.TakenAt,
            layout.UpcallPending.Read(slot) != 0,
            layout.UpcallMask is { } mask ? mask.Read(slot) != 0 : null,
            layout.PendingSelector.Read(slot));
    }

    private static bool IsAscending(IEnumerable<DomainSnapshot> snapshots)
    {
        DateTimeOffset? last = null;
        foreach (var snapshot in snapshots)
        {
            if (snapshot.KnownTime < last) return false;
            last = snapshot.KnownTime;
        }
        return true;
    }

    private static bool IsSameBinding(XenEventChannel left, XenEventChannel right) =>
        (left.Port, left.State, left.Vcpu, left.RemoteDomId, left.RemotePort, left.Virq, left.Pirq)
        == (right.Port, right.State, right.Vcpu, right.RemoteDomId, right.RemotePort, right.Virq, right.Pirq);
}
