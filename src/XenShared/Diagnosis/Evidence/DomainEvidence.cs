using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Queries;

namespace XenShared.Diagnosis.Evidence;

/// <summary>
/// Represents one or more snapshots of a domain, oldest first. A rule judges by this alone, so that it judges alike whether the looks were
/// taken live, a moment after each other, or are those of captures. What rules ask for again and again is found by number, so that a domain
/// with all its ports costs no more than its ports.
/// </summary>
internal sealed class DomainEvidence
{
    /// <summary>The minimum time between two samples that show a standstill. A busy moment is shorter.</summary>
    public static readonly TimeSpan MinimumObservation = TimeSpan.FromSeconds(1);

    /// <summary>The reason of a rule that needs two samples and got one.</summary>
    public const string NeedsSamples = "one look cannot show it; look several times, or compare with an earlier capture";

    private readonly DomainSnapshot[] _snapshots;
    private readonly CancellationToken _cancellation;
    private readonly Dictionary<int, IReadOnlyList<VcpuObservation>> _records = [];
    private readonly ILookup<int, RunObservation> _runs;
    private readonly ILookup<int, XenEventChannel> _byVcpu;

    /// <summary>
    /// Gathers looks at one domain. Those from before it was started anew are left out. A look whose time or whose domain's UUID is not
    /// known cannot be put in order with others, so the last one stands alone then.
    /// </summary>
    public DomainEvidence(IEnumerable<DomainSnapshot> snapshots, CancellationToken cancellation = default)
    {
        _cancellation = cancellation;
        var ordered = snapshots.OrderBy(snapshot => snapshot.TakenAt).ToArray();
        var latest = ordered[^1].Guest.Domain;
        if (latest.Uuid is null || ordered.Any(snapshot => snapshot.KnownTime is null)) ordered = [ordered[^1]];
        // A file that does not carry run times compares with nothing: no look is left out for that.
        _snapshots =
        [
            .. ordered.Where(snapshot =>
                snapshot.Guest.Domain is var domain
                && domain.DomId == latest.DomId
                && domain.Uuid == latest.Uuid
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
    }

    /// <summary>Gets the looks, oldest first.</summary>
    public IReadOnlyList<DomainSnapshot> Snapshots => _snapshots;

    public DomainSnapshot Latest => _snapshots[^1];

    public ushort DomId => Latest.Guest.Domain.DomId;

    /// <summary>Gets a value indicating whether there was more than one look.</summary>
    public bool IsRepeated => _snapshots.Length > 1;

    /// <summary>From the first page that was read to the last.</summary>
    public TimeSpan Span => Latest.TakenAt - (_snapshots[0].Guest.Samples is [{ TakenAt: { } first }, ..] ? first : _snapshots[0].TakenAt);

    /// <summary>Channels of the latest look that were bound to the same in every look.</summary>
    public IReadOnlyList<XenEventChannel> Channels { get; }

    /// <summary>
    /// Gets a value indicating whether the domain takes events as interrupts. Firmware and boot loaders poll, and clear nothing; a kernel
    /// binds virtual interrupts or IPIs.
    /// </summary>
    public bool TakesInterrupts => Latest.Channels.Any(channel => channel.State is ChannelState.VirtualIrq or ChannelState.Ipi);

    /// <summary>
    /// Gets why nothing can be said of events that wait, whatever the channels' bits are; null when it can. A domain that is paused handles
    /// nothing, and that is as it should be.
    /// </summary>
    public string? WhyNoEvents =>
        _snapshots.Any(snapshot => snapshot.CanRun == false)
            ? "a domain that is paused handles no event"
            : WhyNoPorts
                ?? (
                    !TakesInterrupts && !Latest.HasAllPorts
                        ? "not all of its ports are known, and none of the known ones shows whether it takes events as interrupts"
                        : null);

    /// <summary>Gets why it is not known what its ports are bound to; null when it is.</summary>
    public string? WhyNoPorts => Latest.Guest switch
    {
        { Ports: null, PortError: { } error } => error.Message,
        { Ports: null } => "its ports are not known",
        { Ports.Listing: PortTableCompleteness.Inferred } => "what its ports are bound to is not in the file",
        _ => null,
    };

    /// <summary>Gets why there is no copy of its page to judge by; null when there is one, and its layout is known.</summary>
    public string? WhyNoPage => Latest.Guest switch
    {
        { Latest: null, PageError: { } error } => error.Message,
        { Latest: null } => "its shared page was not read",
        _ when Layout is null => $"the layout of its shared page is not known: {Latest.Guest.Layout.Evidence}",
        _ => null,
    };

    /// <summary>Gets why its vCPUs' records are not known; null when they are.</summary>
    public string? WhyNoRecords => Latest.Vcpus.Count > 0 ? null : WhyNoPage ?? "how many vCPUs it has is not known";

    /// <summary>Gets the layout of the page, where every look found the same; else null.</summary>
    public SharedInfoLayout? Layout => Latest.Layout is { } layout && _snapshots.All(snapshot => snapshot.Layout == layout) ? layout : null;

    /// <summary>Gets how the domain takes events, where every look found the same; else unknown.</summary>
    public EventAbi Abi => Latest.Guest.Abi.Abi is var abi && _snapshots.All(snapshot => snapshot.Guest.Abi.Abi == abi)
        ? abi
        : EventAbi.Unknown;

    /// <summary>Gets a value indicating whether every look found two-level channels, and a page to read them from.</summary>
    public bool IsTwoLevel => Layout is not null && Abi == EventAbi.TwoLevel;

    /// <summary>
    /// Gives items one by one, and ends when the query is cancelled: no rule goes through a list of the domain's in another way.
    /// </summary>
    public IEnumerable<T> Each<T>(IEnumerable<T> items)
    {
        foreach (var item in items)
        {
            _cancellation.ThrowIfCancellationRequested();
            yield return item;
        }
    }

    /// <summary>Returns the channels among <see cref="Channels"/> that tell a vCPU.</summary>
    public IEnumerable<XenEventChannel> ChannelsOf(int vcpu) => Each(_byVcpu[vcpu]);

    /// <summary>
    /// Returns a port's state at each moment at which it was seen: in the page each sample's, else each look's. A moment whose state is not
    /// known is among them.
    /// </summary>
    public IReadOnlyList<ChannelObservation> Observe(uint port) => [.. _snapshots.SelectMany(snapshot => Observe(snapshot, port))];

    /// <summary>Returns a vCPU's live record at each moment; empty when some look does not know it.</summary>
    public IReadOnlyList<VcpuObservation> Observe(int vcpu)
    {
        if (!_records.TryGetValue(vcpu, out var known)) _records[vcpu] = known = ObserveRecord(vcpu);
        return known;
    }

    /// <summary>Returns what Xen's scheduler said of a vCPU in every sample.</summary>
    public IEnumerable<RunObservation> Runs(int vcpu) => _runs[vcpu];

    /// <summary>Determines whether Xen's scheduler told about a vCPU. A file that is no capture carries nothing of it.</summary>
    public bool KnowsRuns(int vcpu) => _runs.Contains(vcpu);

    /// <summary>
    /// Determines whether a vCPU is known not to be online, or not to have run from the first sample to the last: nothing of it moves then,
    /// and that is as it should be.
    /// </summary>
    public bool DidNotRun(int vcpu)
    {
        var runs = Runs(vcpu).ToArray();
        return runs.Length > 0
            && (
                Array.TrueForAll(runs, run => !run.Vcpu.Online)
                || (runs.Length > 1 && runs[^1].Vcpu.CpuTimeNanoseconds == runs[0].Vcpu.CpuTimeNanoseconds));
    }

    /// <summary>Determines whether a vCPU slept through all of it: blocked at each moment, and not a nanosecond of run time more.</summary>
    public bool IsAsleep(int vcpu) =>
        Runs(vcpu).ToArray() is [var first, .., var last] runs
        && last.TakenAt - first.TakenAt >= MinimumObservation
        && Array.TrueForAll(runs, run =>
            run.Vcpu is { Online: true, Blocked: true } && run.Vcpu.CpuTimeNanoseconds == first.Vcpu.CpuTimeNanoseconds);

    /// <summary>Determines whether a vCPU was on a processor at each moment, and ran in between.</summary>
    public bool IsRunning(int vcpu) =>
        Runs(vcpu).ToArray() is [var first, .., var last] runs
        && last.TakenAt - first.TakenAt >= MinimumObservation
        && Array.TrueForAll(runs, run => run.Vcpu is { Online: true, Running: true })
        && last.Vcpu.CpuTimeNanoseconds > first.Vcpu.CpuTimeNanoseconds;

    /// <summary>
    /// Returns why a vCPU's record says nothing, where it is online: no live one is known. Null when it does not matter, or is known.
    /// </summary>
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
        var layout = snapshot.Layout!;
        var slot = VcpuInfoContent.Decode(sample.Page.Bytes.Span.Slice(layout.SlotOffset(vcpu)!.Value, layout.Vcpu.Size), layout.Vcpu);
        return new(
            sample.TakenAt ?? snapshot.TakenAt,
            slot.UpcallPending != 0,
            slot.UpcallMask is { } mask ? mask != 0 : null,
            slot.PendingSelector);
    }

    private static bool IsSameBinding(XenEventChannel left, XenEventChannel right) =>
        (left.Port, left.State, left.Vcpu, left.RemoteDomId, left.RemotePort, left.Virq, left.Pirq)
        == (right.Port, right.State, right.Vcpu, right.RemoteDomId, right.RemotePort, right.Virq, right.Pirq);
}
