using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a channel without a peer: the other end is closed or bound to another port, or its domain has ended. Also detects an unbound
/// port that xenstore lists for a device, because the port becomes unbound when the other end is closed. The suspend channel is excluded,
/// because it normally waits for the toolstack.
/// </summary>
internal sealed class PeerGone : IFaultRule
{
    private const string SuspendDevice = "suspend";

    public string Name => nameof(PeerGone);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        if (evidence.WhyNoPorts is { } whyNot) yield return RuleFinding.NotJudged(whyNot);
        if (evidence.WhyNoPorts is not null) yield break;
        var leftOut = new List<uint>();
        foreach (var channel in evidence.Each(evidence.Channels))
        {
            if (IsLeftOut(evidence, channel)) leftOut.Add(channel.Port);
            var problem = channel switch
            {
                { State: ChannelState.Interdomain, RemoteDomId: { } peer, RemotePort: { } port } => Interdomain(
                    evidence,
                    channel,
                    peer,
                    port),
                { State: ChannelState.Unbound, RemoteDomId: { } peer, Device: { } device } when device != SuspendDevice =>
                    $"{FaultText.Name(channel)} waits for domain {peer} to "
                        + $"connect{(evidence.Latest.Host.IsMissing(peer) ? ", and there is no such domain" : "")}: its backend never "
                        + $"connected, or has closed its end",
                _ => null,
            };
            if (problem is null) continue;
            yield return evidence.Fault(
                this, evidence.Graded(FaultSeverity.Warning), $"{problem}.{evidence.SingleSampleNote()}",
                Advice(evidence, channel), channel.Port);
        }
        if (leftOut.Count > 0) yield return evidence.NotJudgedPorts(leftOut, "the far end");
    }

    // Determines whether a channel is not judged. This is so if its other end is not known. It is also so for an unbound port if xenstore
    // was not read, because only xenstore shows whether the port belongs to a device.
    private static bool IsLeftOut(DomainEvidence evidence, XenEventChannel channel) => channel switch
    {
        { State: ChannelState.Interdomain, RemoteDomId: { } peer, RemotePort: { } port } =>
            evidence.Snapshots.All(snapshot => snapshot.Host.GetPeerState(evidence.DomId, channel.Port, peer, port) == PeerState.Unknown),
        { State: ChannelState.Unbound, Device: null } => !evidence.Latest.KnowsDevices,
        _ => false,
    };

    private static AdviceText Advice(DomainEvidence evidence, XenEventChannel channel) => channel.Device switch
    {
        null when channel.RemoteDomId is { } peer =>
            $"Events sent on it do not arrive. {RuleCommands.ListChannels(peer)} shows the far end; restart the program that used it.",
        null => $"Events sent on it do not arrive; restart the program that used it.",
        "console" => $"Check whether xenconsoled runs in domain {channel.RemoteDomId}, and start it.",
        "xenstore" => $"The guest can no longer use xenstore. Check whether xenstored was restarted without its state; the guest has "
            + $"to be restarted.",
        var device => $"Check the backend of {device} in domain {channel.RemoteDomId} (xl block-list or xl network-list {evidence.DomId}, "
            + $"and its log), then detach the device and attach it again.",
    };

    private static string? Interdomain(DomainEvidence evidence, XenEventChannel channel, ushort peer, uint port)
    {
        var ends = evidence.Snapshots
            .Select(snapshot => snapshot.Host.GetPeerState(evidence.DomId, channel.Port, peer, port))
            .Distinct()
            .ToArray();
        var what = ends is not [var end] ? null : end switch
        {
            PeerState.NoDomain => $"there is no domain {peer}",
            PeerState.Closed => "that port is closed",
            PeerState.Unbound => "that port is unbound, for another domain",
            PeerState.Elsewhere => "that port is bound to something else",
            _ => null,
        };
        return what is null ? null : $"{FaultText.Name(channel)} leads to port {FaultText.Plain(port)} of domain {peer}, but {what}";
    }
}
