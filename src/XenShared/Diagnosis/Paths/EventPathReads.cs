using XenShared.Diagnosis.Evidence;
using XenShared.Hypervisor;
using XenShared.Queries;

namespace XenShared.Diagnosis.Paths;

/// <summary>Collects the facts about a port's path from the snapshots of its domain.</summary>
internal static class EventPathReads
{
    /// <summary>Collects the facts about a channel.</summary>
    /// <param name="snapshots">The snapshots of its domain, oldest first.</param>
    /// <param name="channel">The channel in the latest snapshot, or a closed port.</param>
    /// <param name="isLive">Whether the source is live. If a file contains only one read, each sample of the shared page in that read is
    /// used as a read.</param>
    /// <param name="series">Further processor states after the snapshots; null if they were not read.</param>
    public static EventPathFacts Collect(
        IReadOnlyList<DomainSnapshot> snapshots,
        XenEventChannel channel,
        bool isLive,
        ContextSeries? series)
    {
        var latest = snapshots[^1];
        var reads = new List<EventPathRead>();
        foreach (var snapshot in snapshots)
        {
            var same = snapshot.ChannelAt(channel.Port);
            // If the port was closed or had another binding in this snapshot, the reads of earlier snapshots may be about another channel
            // with the same port. So they are dropped.
            if (same is null || !IsSameBinding(same, channel)) reads.Clear();
            else reads.AddRange(isLive || snapshots.Count > 1 ? [Read(snapshot, same)] : ReadSamples(snapshot, same));
        }
        var vcpu = VcpuOf(latest, channel);
        var record = vcpu is { } own ? latest.VcpuAt(own) : null;
        var context = ContextOf(latest, vcpu);
        return new EventPathFacts
        {
            Channel = channel,
            Reads = reads,
            OnlyVcpu = channel.Vcpu is null ? vcpu : null,
            Series = series?.Reads.Select(contexts => ContextOf(contexts, vcpu) ?? Missing(vcpu)).ToArray(),
            WhyNoSeries = series?.WhyIncomplete?.TrimEnd('.'),
            QueuePlace = latest.QueuePlaceAt(channel.Port),
            KnowsQueues = latest.Guest.ControlBlocks.Any(block => block.Vcpu == vcpu),
            Type = latest.Guest.Domain.Type,
            State = latest.Guest.Domain.State,
            Peer = channel is { State: ChannelState.Interdomain, RemoteDomId: { } peer, RemotePort: { } port }
                ? latest.Host.GetPeerState(channel.DomId, channel.Port, peer, port)
                : PeerState.Unknown,
            PeerDomain = channel.RemoteDomId is { } domain ? latest.Host.GetDomainState(domain) : null,
            RecordSource = record is { IsLive: true } ? SourceOf(record.Source) : null,
            WhyNoBits = (channel.StateNote ?? latest.WhyUnknown)?.TrimEnd('.'),
            WhyNoRecord = WhyNoRecord(latest, vcpu, record),
            WhyNoContext = context switch
            {
                { WhyUnknown: { } why } => why,
                null when vcpu is null => "the vCPU of the port is not known",
                null when !isLive => "the file does not contain the processor state of the vCPU",
                _ => null,
            },
        };
    }

    private static EventPathRead Read(DomainSnapshot snapshot, XenEventChannel channel)
    {
        var vcpu = VcpuOf(snapshot, channel);
        var record = vcpu is { } own && snapshot.VcpuAt(own) is { IsLive: true } live ? live : null;
        var context = ContextOf(snapshot, vcpu);
        return new EventPathRead(channel.TakenAt ?? snapshot.TakenAt)
        {
            Pending = channel.Pending,
            Masked = channel.Masked,
            Queued = channel.EventAbi == EventAbi.Fifo ? channel.Linked : channel.InSelector ?? InSelector(snapshot, channel, record),
            UpcallPending = record?.UpcallPending,
            UpcallMask = record?.UpcallMask,
            Run = context?.Run ?? RunOf(snapshot.Guest.Latest, vcpu),
            Context = context,
        };
    }

    // Returns a read for each sample of the snapshot. Each sample contains the pending and mask bits of two-level channels, and the run
    // states of vCPUs. All other values were read only once, at the time of the last sample, so only the last read contains them.
    private static IEnumerable<EventPathRead> ReadSamples(DomainSnapshot snapshot, XenEventChannel channel)
    {
        if (channel is { EventAbi: EventAbi.TwoLevel, Source: StateSource.SharedPage } && snapshot.Layout is { } layout)
        {
            foreach (var sample in snapshot.Guest.Samples.SkipLast(1))
            {
                var bits = new SharedPageStates(sample, layout).Find(channel.Port, out _);
                yield return new EventPathRead(sample.TakenAt ?? snapshot.TakenAt)
                {
                    Pending = bits?.Pending,
                    Masked = bits?.Masked,
                    Run = RunOf(sample, channel.Vcpu),
                };
            }
        }
        yield return Read(snapshot, channel);
    }

    private static bool? InSelector(DomainSnapshot snapshot, XenEventChannel channel, XenVcpuInfo? record)
    {
        if (channel.EventAbi != EventAbi.TwoLevel || record?.PendingSelector is not { } selector || snapshot.Layout is not { } layout)
            return null;
        var word = channel.Port / (uint)(layout.WordBytes * 8);
        return (selector >> (int)word & 1) != 0;
    }

    private static VcpuRunState? RunOf(DomainSample? sample, int? vcpu)
    {
        foreach (var run in sample?.Vcpus ?? [])
        {
            if (run.Vcpu == vcpu) return run;
        }
        return null;
    }

    // Returns the vCPU that gets the events of the channel; null if it is not known. A core dump or a saved guest (Run is null) does not
    // contain the vCPU of a channel. But if such a guest has only one vCPU, it is vCPU 0.
    private static int? VcpuOf(DomainSnapshot snapshot, XenEventChannel channel) =>
        channel.Vcpu ?? (snapshot.Guest is { Domain.MaxVcpuId: 0, Contexts: [{ Vcpu: 0, Run: null }] } ? 0 : null);

    private static VcpuContext? ContextOf(DomainSnapshot snapshot, int? vcpu) => ContextOf(snapshot.Guest.Contexts, vcpu);

    private static VcpuContext? ContextOf(IReadOnlyList<VcpuContext> contexts, int? vcpu) =>
        contexts.FirstOrDefault(context => context.Vcpu == vcpu);

    private static VcpuContext Missing(int? vcpu) => new(vcpu ?? 0) { WhyUnknown = $"the processor state of vCPU {vcpu} was not read" };

    private static string? WhyNoRecord(DomainSnapshot snapshot, int? vcpu, XenVcpuInfo? record) =>
        record is { IsLive: true } ? null
        : snapshot.Guest.VcpuRecordError is { } error ? error.Problem.TrimEnd('.')
        : snapshot.Guest is { Latest: null, PageError: { } pageError } ? pageError.Problem.TrimEnd('.')
        : vcpu is null ? null
        : FormattableString.Invariant($"no live record of vCPU {vcpu} is known");

    private static string? SourceOf(StateSource? source) => source switch
    {
        StateSource.SharedPage => "shared page",
        StateSource.GuestMemory => "vcpu_info in guest memory",
        StateSource.Kernel => "vcpu_info of the kernel",
        _ => null,
    };

    private static bool IsSameBinding(XenEventChannel left, XenEventChannel right) =>
        (left.State, left.Vcpu, left.RemoteDomId, left.RemotePort, left.Virq, left.Pirq)
        == (right.State, right.Vcpu, right.RemoteDomId, right.RemotePort, right.Virq, right.Pirq);
}
