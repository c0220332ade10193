using System.Collections;
using System.ComponentModel;
using System.Globalization;
using System.Management.Automation;
using System.Text;

namespace XenShared.PowerShell.Formatting;

/// <summary>
/// Formats values that combine several properties. The properties are read by name, so that a deserialized object is displayed like a live
/// one.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Detail
{
    /// <summary>Formats the binding of a channel: the other end or the interrupt.</summary>
    public static string Peer(PSObject? channel) => Text(channel, "State") switch
    {
        nameof(ChannelState.Interdomain) => $"dom {Text(channel, "RemoteDomId")} port {Text(channel, "RemotePort")}",
        nameof(ChannelState.Unbound) => $"waits for dom {Text(channel, "RemoteDomId")}",
        nameof(ChannelState.VirtualIrq) => Text(channel, "Virq"),
        nameof(ChannelState.PhysicalIrq) => $"IRQ {Text(channel, "Pirq")}",
        _ => "",
    };

    /// <summary>Formats the port or vCPU of a fault.</summary>
    public static string Place(PSObject? fault) =>
        fault?.Properties["Port"]?.Value is not null ? $"port {Text(fault, "Port")}"
        : fault?.Properties["Vcpu"]?.Value is not null ? $"vCPU {Text(fault, "Vcpu")}"
        : "";

    /// <summary>Returns a sentence for each link of a path.</summary>
    public static IEnumerable<string> Steps(object? steps) =>
        ((steps is PSObject wrapped ? wrapped.BaseObject : steps) as IEnumerable)?.Cast<object>()
            .Select(PSObject.AsPSObject)
            .Select(step => $"{Text(step, "Link")}: {Text(step, "State")}: {Text(step, "Evidence")}")
        ?? [];

    /// <summary>Formats ports as ranges; a question mark if they are not known.</summary>
    public static string Ports(object? ports)
    {
        var numbers = (ports is PSObject wrapped ? wrapped.BaseObject : ports) as IEnumerable;
        if (numbers is null) return "?";
        var text = new StringBuilder();
        uint? last = null;
        var isRange = false;
        foreach (var number in numbers.Cast<object>().Select(ToPort))
        {
            if (last + 1 == number)
            {
                isRange = true;
            }
            else
            {
                if (isRange) text.Append('-').Append(ViewFormat.Number(last!.Value));
                text.Append(text.Length == 0 ? "" : ", ").Append(ViewFormat.Number(number));
                isRange = false;
            }
            last = number;
        }
        if (isRange) text.Append('-').Append(ViewFormat.Number(last!.Value));
        return text.Length == 0 ? "none" : text.ToString();
    }

    /// <summary>Formats numbers in their order.</summary>
    public static string Numbers(object? list)
    {
        var numbers = (list is PSObject wrapped ? wrapped.BaseObject : list) as IEnumerable;
        if (numbers is null) return "?";
        var text = string.Join(", ", numbers.Cast<object>().Select(number => ViewFormat.Plain(PSObject.AsPSObject(number).ToString())));
        return text.Length == 0 ? "none" : text;
    }

    /// <summary>Formats the vCPU records of a page, one per line.</summary>
    public static string Vcpus(object? records)
    {
        var all = (records is PSObject wrapped ? wrapped.BaseObject : records) as IEnumerable;
        var lines = all?.Cast<object>().Select(record => Vcpu(PSObject.AsPSObject(record))).ToArray();
        return lines is { Length: > 0 } ? string.Join(Environment.NewLine, lines) : "none";
    }

    /// <summary>Formats a wall clock: the time and the version.</summary>
    public static string WallClock(PSObject? clock) =>
        clock is null
            ? "?"
            : $"{ViewFormat.Moment(clock.Properties["Time"]?.Value is { } time ? PSObject.AsPSObject(time) : null)} (version "
                + $"{Text(clock, "Version")})";

    /// <summary>Formats a vCPU's clock record.</summary>
    public static string Time(PSObject? time)
    {
        if (time is null) return "?";
        return $"{ViewFormat.Span(Value<TimeSpan>(time, "SystemTime"))} since Xen's start at TSC "
            + $"{ViewFormat.Hex(Value<ulong>(time, "TscTimestamp"))}{Environment.NewLine}"
            + $"{ViewFormat.Frequency(Value<ulong>(time, "TscFrequency"))}, version {Text(time, "Version")}, flags {Text(time, "Flags")}";
    }

    /// <summary>Formats the architecture part of a page.</summary>
    public static string Arch(PSObject? arch)
    {
        if (arch is null) return "none";
        return string.Join(
            Environment.NewLine,
            $"max PFN {ViewFormat.Hex(Value<ulong>(arch, "MaxPfn"))}, NMI reason {ViewFormat.Hex(Value<ulong>(arch, "NmiReason"))}",
            $"P2M tree {ViewFormat.Hex(Value<ulong>(arch, "PfnToMfnFrameListList"))}, list "
                + $"{ViewFormat.Hex(Value<ulong>(arch, "P2mVaddr"))}",
            $"P2M CR3 {ViewFormat.Hex(Value<ulong>(arch, "P2mCr3"))}, generation {ViewFormat.Hex(Value<ulong>(arch, "P2mGeneration"))}");
    }

    private static string Vcpu(PSObject record)
    {
        var isLive = Value<bool>(record, "IsLive");
        var upcall = ViewFormat.Bit(Value<bool>(record, "UpcallPending"));
        var mask = ViewFormat.Bit(Value<bool>(record, "UpcallMask"));
        var selector = ViewFormat.Hex(Value<ulong>(record, "PendingSelector"));
        return ViewFormat.LiveText(
            $"{Text(record, "Vcpu"),3}  {ViewFormat.Live(isLive),-5}  upcall {upcall,-3}  mask {mask,-3}  selector {selector}",
            isLive);
    }

    private static uint ToPort(object number) =>
        Convert.ToUInt32(number is PSObject item ? item.BaseObject : number, CultureInfo.InvariantCulture);

    private static string Text(PSObject? item, string property) =>
        item?.Properties[property]?.Value is { } value ? ViewFormat.Plain(PSObject.AsPSObject(value).ToString()) : "?";

    private static T? Value<T>(PSObject item, string property)
        where T : struct =>
        LanguagePrimitives.TryConvertTo<T?>(item.Properties[property]?.Value, CultureInfo.InvariantCulture, out var value) ? value : null;
}
