using System.Globalization;
using System.Text.RegularExpressions;

namespace XenShared.Files.DebugKeys;

/// <summary>
/// Represents a line that Linux prints at the debug interrupt (<c>xen_debug_interrupt</c> in <c>drivers/xen/events/events_2l.c</c>).
/// </summary>
internal sealed partial record LinuxDebugLine
{
    /// <summary>Gets the vCPU that prints, in the first line; otherwise null.</summary>
    public int? PrintingVcpu { get; private init; }

    /// <summary>Gets the text before the first line, such as the time of the kernel.</summary>
    public string Prefix { get; private init; } = "";

    /// <summary>Gets the vCPU of a line with its upcall bits; otherwise null.</summary>
    public int? Vcpu { get; private init; }

    /// <summary>Gets a value indicating whether upcalls are masked.</summary>
    public bool IsMasked { get; private init; }

    /// <summary>Gets a value indicating whether an upcall is pending.</summary>
    public bool IsPending { get; private init; }

    /// <summary>Gets the selector.</summary>
    public ulong Selector { get; private init; }

    /// <summary>Gets the number of hexadecimal digits of the selector: 16 for a 64-bit layout, 8 for a 32-bit one.</summary>
    public int Digits { get; private init; }

    /// <summary>Gets the heading of a section, such as <c>pending</c>; otherwise null.</summary>
    public string? Section { get; private init; }

    /// <summary>Gets the port of a line about a pending event; otherwise null.</summary>
    public uint? EventPort { get; private init; }

    /// <summary>Gets the vCPU of this event.</summary>
    public int EventVcpu { get; private init; }

    /// <summary>Parses a line. Each run of blanks is one blank.</summary>
    /// <returns>Null if it is another line, or words of a bitmap.</returns>
    public static LinuxDebugLine? Parse(string text) =>
        First().Match(text) is { Success: true } first
            ? new LinuxDebugLine { PrintingVcpu = NumberOf(first.Groups["vcpu"]), Prefix = first.Groups["prefix"].Value }
        : VcpuLine().Match(text) is { Success: true } vcpu
            ? new LinuxDebugLine
            {
                Vcpu = NumberOf(vcpu.Groups["vcpu"]),
                IsMasked = vcpu.Groups["masked"].ValueSpan[0] == '1',
                IsPending = vcpu.Groups["pending"].ValueSpan[0] == '1',
                Selector = ulong.Parse(vcpu.Groups["selector"].ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                Digits = vcpu.Groups["selector"].Length,
            }
        : SectionLine().Match(text) is { Success: true } section ? new LinuxDebugLine { Section = section.Groups["name"].Value }
        : EventLine().Match(text) is { Success: true } line
            ? new LinuxDebugLine { EventVcpu = NumberOf(line.Groups["vcpu"]), EventPort = (uint)NumberOf(line.Groups["port"]) }
        : null;

    private static int NumberOf(Group digits) => int.Parse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(
        "^(?<prefix>.{0,200}?)(?<![^ ])vcpu (?<vcpu>[0-9]{1,4})$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex First();

    [GeneratedRegex(
        "(?<![^ ])(?<vcpu>[0-9]{1,4}): masked=(?<masked>[01]) pending=(?<pending>[01]) event_sel (?<selector>[0-9a-f]{16}|[0-9a-f]{8})$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex VcpuLine();

    [GeneratedRegex(
        "(?<![^ ])(?<name>pending|global mask|globally unmasked|local cpu[0-9]{1,4} mask|locally unmasked|pending list):$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex SectionLine();

    [GeneratedRegex(
        "(?<![^ ])(?<vcpu>[0-9]{1,4}): event (?<port>[0-9]{1,4}) -> irq -?[0-9]{1,10}( l2-clear)?( globally-masked)?"
            + "( locally-masked)?$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex EventLine();
}
