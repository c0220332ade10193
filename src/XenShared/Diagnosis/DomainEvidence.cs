using XenShared.Layout;
using XenShared.Queries;
using XenShared.Readings;

namespace XenShared.Diagnosis;

/// <summary>
/// What one or more looks at a domain showed, oldest first. A rule judges by this alone, so that it judges alike whether the looks were taken live, a moment after each
/// other, or are those of captures.
/// </summary>
internal sealed class DomainEvidence
{
    /// <summary>What has to pass between two moments before "it stood still" says anything: a busy moment is over by then.</summary>
    public static readonly TimeSpan Standstill = TimeSpan.FromSeconds(1);

    private readonly DomainLook[] _looks;

    /// <summary>Gathers looks at one domain. Those from before it was started anew are left out.</summary>
    public DomainEvidence(IEnumerable<DomainLook> looks)
    {
        var ordered = looks.OrderBy(look => look.TakenAt).ToArray();
        // Without times nobody can tell what stayed for how long.
        if (ordered.Any(look => look.KnownTime is null)) ordered = [ordered[^1]];
        var latest = ordered[^1].Guest.Domain;
        _looks = [.. ordered.Where(look => look.Guest.Domain is var domain && domain.DomId == latest.DomId && domain.Uuid == latest.Uuid && domain.CpuTimeNanoseconds <= latest.CpuTimeNanoseconds)];
        Channels = [.. Latest.Channels.Where(channel => _looks.All(look => look.Channels.Any(other => IsSameBinding(channel, other))))];
    }

    /// <summary>The looks, oldest first.</summary>
    public IReadOnlyList<DomainLook> Looks => _looks;

    public DomainLook Latest => _looks[^1];

    public ushort DomId => Latest.Guest.Domain.DomId;

    /// <summary>Whether there was more than one look.</summary>
    public bool IsRepeated => _looks.Length > 1;

    /// <summary>From the first page that was read to the last.</summary>
    public TimeSpan Span => Latest.TakenAt - (_looks[0].Guest.Samples is [{ TakenAt: { } first }, ..] ? first : _looks[0].TakenAt);

    /// <summary>Channels of the latest look that were bound to the same in every look.</summary>
    public IReadOnlyList<XenEventChannel> Channels { get; }

    /// <summary>
    /// Whether the domain takes events as interrupts, and could run in every look. Firmware and boot loaders poll, and clear nothing; a kernel binds virtual interrupts or IPIs. A
    /// domain that is paused handles nothing, and that is as it should be.
    /// </summary>
    public bool TakesInterrupts => _looks.All(look => look.CanRun) && Latest.Channels.Any(channel => channel.State is ChannelState.VirtualIrq or ChannelState.Ipi);

    /// <summary>The layout of the page, where every look found the same; else null.</summary>
    public SharedInfoLayout? Layout => Latest.Layout is { } layout && _looks.All(look => look.Layout == layout) ? layout : null;

    /// <summary>Whether every look found two-level channels.</summary>
    public bool IsTwoLevel => Layout is not null && _looks.All(look => look.Guest.Abi.Abi == EventAbi.TwoLevel);

    /// <summary>A port's state at each moment at which it was seen: in the page each sample's, else each look's. A moment whose state is not known is among them.</summary>
    public IReadOnlyList<ChannelObservation> Observe(uint port) => [.. _looks.SelectMany(look => Observe(look, port))];

    /// <summary>A vCPU's live record at each moment; empty when some look does not know it.</summary>
    public IReadOnlyList<VcpuObservation> Observe(int vcpu)
    {
        var all = new List<VcpuObservation>();
        foreach (var look in _looks)
        {
            if (look.Vcpus.FirstOrDefault(one => one.Vcpu == vcpu) is not { IsLive: true, UpcallPending: { } pending, PendingSelector: { } selector } record) return [];
            if (record.Source != StateSource.SharedPage) all.Add(new(record.TakenAt ?? look.TakenAt, pending, record.UpcallMask, selector));
            else all.AddRange(look.Guest.Samples.Select(sample => Slot(look, sample, vcpu)));
        }
        return all;
    }

    /// <summary>What Xen's scheduler said of a vCPU in every sample.</summary>
    public IReadOnlyList<RunObservation> Runs(int vcpu) =>
        [.. _looks.SelectMany(look => look.Guest.Samples.SelectMany(sample => sample.Vcpus.Where(reading => reading.Vcpu == vcpu).Select(reading => new RunObservation(sample.TakenAt ?? look.TakenAt, reading))))];

    /// <summary>Whether a vCPU slept through all of it: blocked at each moment, and not a nanosecond of run time more.</summary>
    public bool IsAsleep(int vcpu) =>
        Runs(vcpu) is [var first, .., var last] runs && last.TakenAt - first.TakenAt >= Standstill
        && runs.All(run => run.Vcpu is { Online: true, Blocked: true } && run.Vcpu.CpuTimeNanoseconds == first.Vcpu.CpuTimeNanoseconds);

    /// <summary>Whether a vCPU was on a processor at each moment, and ran in between.</summary>
    public bool IsRunning(int vcpu) =>
        Runs(vcpu) is [var first, .., var last] runs && last.TakenAt - first.TakenAt >= Standstill
        && runs.All(run => run.Vcpu is { Online: true, Running: true }) && last.Vcpu.CpuTimeNanoseconds > first.Vcpu.CpuTimeNanoseconds;

    private static IEnumerable<ChannelObservation> Observe(DomainLook look, uint port)
    {
        if (look.Guest.Abi.Abi == EventAbi.TwoLevel && look.Layout is { } layout && port < layout.PortCount)
        {
            foreach (var sample in look.Guest.Samples)
            {
                var bits = new SharedPageStates(sample, layout).Of(port, out _);
                yield return new(sample.TakenAt ?? look.TakenAt, bits?.Pending, bits?.Masked, Linked: null);
            }
            yield break;
        }
        if (look.Channels.FirstOrDefault(channel => channel.Port == port) is { } seen) yield return new(seen.TakenAt ?? look.TakenAt, seen.Pending, seen.Masked, seen.Linked);
    }

    private static VcpuObservation Slot(DomainLook look, DomainSample sample, int vcpu)
    {
        var layout = look.Layout!;
        var slot = VcpuInfoContent.Decode(sample.Page.Bytes.Span.Slice(layout.SlotOffset(vcpu)!.Value, layout.Vcpu.Size), layout.Vcpu);
        return new(sample.TakenAt ?? look.TakenAt, slot.UpcallPending != 0, slot.UpcallMask is { } mask ? mask != 0 : null, slot.PendingSelector);
    }

    private static bool IsSameBinding(XenEventChannel one, XenEventChannel other) =>
        (one.Port, one.State, one.Vcpu, one.RemoteDomId, one.RemotePort, one.Virq, one.Pirq) == (other.Port, other.State, other.Vcpu, other.RemoteDomId, other.RemotePort, other.Virq, other.Pirq);
}
