using XenShared.Diagnosis.Evidence;
using XenShared.Diagnosis.Paths;
using XenShared.Poking;

namespace XenShared.Diagnosis.Rules;

/// <summary>Creates the advice for a path that stops.</summary>
internal static class EventPathAdvice
{
    /// <summary>Returns the advice; null if there is nothing to do.</summary>
    public static AdviceText? Create(EventPathFacts facts, EventPathFinding finding, DomainEvidence evidence)
    {
        var channel = facts.Channel;
        var domId = channel.DomId;
        var capture = RuleCommands.Capture(domId, includeContexts: true);
        return finding.StopsAt switch
        {
            EventPathLink.Domain => ForDomain(domId, facts.State),
            EventPathLink.Vcpu => ForOffline(channel.Vcpu ?? facts.OnlyVcpu),
            EventPathLink.Channel when channel.State == ChannelState.Unbound => $"A port that waits for a connection is normal for the "
                + $"suspend channel and for a server. For a device, see with {RuleCommands.ListChannels(domId)} which one it is, and check "
                + $"its backend in domain {channel.RemoteDomId}.",
            EventPathLink.Channel => $"See with {RuleCommands.ListChannels(domId)} which ports are in use.",
            EventPathLink.Sender when channel.RemoteDomId is { } peer => $"Check domain {peer}, and restart what used the channel. "
                + $"{RuleCommands.ListChannels(peer)} shows its ports.",
            EventPathLink.Callback => $"Firmware, boot loaders and guests without PV drivers take no events as interrupts. If its kernel "
                + $"should have started, see its console (xl console {domId}).",
            EventPathLink.Mask when channel.State == ChannelState.Ipi =>
                $"Linux polls the port by which it wakes a vCPU that waits for a spinlock, and keeps it masked. There is nothing to do.",
            EventPathLink.Mask => evidence.Repair(channel, unmask: true),
            EventPathLink.Queue or EventPathLink.Upcall => evidence.Repair(channel, unmask: false),
            EventPathLink.Execution when facts.Reads[^1].Run is { Blocked: true } => evidence.Repair(channel, unmask: false),
            EventPathLink.Execution => $"Check why Xen does not schedule the vCPU: xl vcpu-list {domId} shows its affinity, and "
                + $"xl sched-credit2 -d {domId} its weight and cap.",
            EventPathLink.Interrupts when facts.Type == DomainType.PV && channel.Vcpu is { } vcpu =>
                $"Its kernel hangs with interrupts off. Keep evidence with {capture} and xl dump-core, then restart the guest. Only where "
                    + $"a poke set the bit, {Clear(domId, vcpu)} clears it.",
            EventPathLink.Interrupts =>
                $"Its kernel hangs with interrupts off. Keep evidence with {capture} and xl dump-core, then restart the guest.",
            EventPathLink.Apic =>
                $"The guest itself has to set up its APIC. Keep evidence with {capture} and xl dump-core, then restart the guest.",
            _ => null,
        };
    }

    /// <summary>Returns the advice for an event that waits for an offline vCPU.</summary>
    public static AdviceText ForOffline(int? vcpu) =>
        $"Bring vCPU {vcpu} online in the guest (in Linux: echo 1 > /sys/devices/system/cpu/cpu{vcpu}/online), or have the guest deliver "
            + $"the port to another vCPU.";

    private static AdviceText? ForDomain(ushort domId, DomainState? state) => state switch
    {
        DomainState.Paused => $"If no other tool has paused it on purpose (a debugger, a migration), run xl unpause {domId}.",
        DomainState.Crashed => $"See its console and Xen's log (xl dmesg), keep a dump (xl dump-core {domId}), and restart it.",
        DomainState.Shutdown or DomainState.Suspended => $"Start or resume it with the toolstack.",
        DomainState.Dying => $"If it does not end, {RuleCommands.FindHolders(domId)} names the processes that can hold it.",
        _ => null,
    };

    private static AdvisedCommand Clear(ushort domId, int vcpu) =>
        RuleCommands.Poke(new SetVcpuRequest { DomId = domId, Vcpu = vcpu, UpcallMask = false, Force = true });
}
