using System.Globalization;
using System.Text.RegularExpressions;
using XenShared.Hypervisor;

namespace XenShared.Tests.Support;

/// <summary>Reads the output of <c>lsevtchn</c> about a domain's ports.</summary>
internal static partial class ListedPorts
{
    /// <summary>Returns the ports, including those that Xen refused to report (<c>lsevtchn</c> leaves them out).</summary>
    public static PortTable Parse(string text, IEnumerable<uint> hidden)
    {
        var ports = Line().Matches(text).Select(match => ToReading(match.Groups))
            .Concat(hidden.Select(port => new EventChannelStatus(port, State: null)))
            .OrderBy(port => port.Port)
            .ToArray();
        // Xen makes room for 64 ports at a time.
        return new PortTable((ports[^1].Port / 64 + 1) * 64, ports);
    }

    private static EventChannelStatus ToReading(GroupCollection groups)
    {
        var port = Number(groups["port"]);
        var vcpu = (int)Number(groups["vcpu"]);
        if (groups["remote"].Success)
            return new EventChannelStatus(port, ChannelState.Interdomain, vcpu, (ushort)Number(groups["remote"]), Number(groups["peer"]));
        if (groups["virq"].Success)
            return new EventChannelStatus(port, ChannelState.VirtualIrq, vcpu, Irq: Number(groups["virq"]));
        return groups["pirq"].Success
            ? new EventChannelStatus(port, ChannelState.PhysicalIrq, vcpu, Irq: Number(groups["pirq"]))
            : new EventChannelStatus(port, ChannelState.Ipi, vcpu);
    }

    private static uint Number(Group group) => uint.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"^\s*(?<port>\d+): VCPU (?<vcpu>\d+): (Interdomain \(Connected\) - Remote Domain (?<remote>\d+), Port (?<peer>\d+)|Virtual IRQ "
            + @"(?<virq>\d+)|Physical IRQ (?<pirq>\d+)|IPI)\r?$",
        RegexOptions.Multiline
    )]
    private static partial Regex Line();
}
