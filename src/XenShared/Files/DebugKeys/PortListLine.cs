using System.Globalization;
using System.Text.RegularExpressions;
using XenShared.Hypervisor;

namespace XenShared.Files.DebugKeys;

/// <summary>Represents a line of <c>lsevtchn</c> (<c>tools/xcutils/lsevtchn.c</c> of Xen 4.0 to 4.23), or its command line.</summary>
internal sealed partial record PortListLine
{
    // The highest domain number that a domain can have. Numbers from 0x7ff0 on (DOMID_FIRST_RESERVED) have special meanings.
    private const int LastDomId = 0x7fef;

    private const string Command = "lsevtchn";

    // The maximum length of a text that the pattern CommandEnd matches.
    private const int LongestCommandEnd = 220;

    // The maximum length of the path before the name of the command, with the slash at the end of the path.
    private const int LongestPath = 201;

    /// <summary>Gets a value indicating whether it is the command line.</summary>
    public bool IsCommand { get; private init; }

    /// <summary>Gets the domain in a command line; null in other lines.</summary>
    public ushort? DomId { get; private init; }

    /// <summary>Gets the port; null if the line is damaged, and in a command line.</summary>
    public EventChannelStatus? Port { get; private init; }

    /// <summary>Parses a line of a text. Each run of blanks is one blank.</summary>
    /// <returns>Null if it is another line.</returns>
    public static PortListLine? Parse(string text) =>
        Start().IsMatch(text) ? new PortListLine { Port = PortLine().Match(text) is { Success: true } line ? ParsePort(line) : null }
        : ParseCommand(text);

    // Returns the command line of lsevtchn if the text is one; otherwise null. The command and the text before it are matched separately.
    // One pattern for both would try each start of the path with each end of the prompt, which is slow for a long line.
    private static PortListLine? ParseCommand(string text)
    {
        for (var at = text.Length; (at = text.AsSpan(0, at).LastIndexOf(Command)) >= 0 && text.Length - at <= LongestCommandEnd;)
        {
            if (CommandEnd().Match(text[at..]) is { Success: true } command && IsCommandStart(text.AsSpan(0, at)))
                return new PortListLine { IsCommand = true, DomId = DomIdOf(command) };
        }
        return null;
    }

    // Determines whether the text before the command is a prompt (which can be empty), with or without the path of the command after it.
    // The path contains no blank. It begins after a blank, after the sign of the prompt, or at the start of the line.
    private static bool IsCommandStart(ReadOnlySpan<char> text)
    {
        if (Prompt().IsMatch(text)) return true;
        var start = text.LastIndexOf(' ') + 1;
        if (text.Length - start < 2 || text[^1] != '/') return false;
        if (text.Length - start <= LongestPath && Prompt().IsMatch(text[..start])) return true;
        start = Math.Max(start, text.Length - LongestPath - 1);
        var sign = text[start..^2].IndexOfAny("#$>%");
        return sign >= 0 && Prompt().IsMatch(text[..(start + sign + 1)]);
    }

    // Returns the domain in a command line of lsevtchn; null if its number is too high. Without a number, lsevtchn lists the ports of
    // domain 0.
    private static ushort? DomIdOf(Match command) =>
        !command.Groups["domain"].Success ? (ushort)0
        : NumberOf(command.Groups["domain"], LastDomId) is { } domId ? (ushort)domId
        : null;

    private static EventChannelStatus? ParsePort(Match line)
    {
        if (NumberOf(line.Groups["port"], DebugKeyLine.MaximumPort) is not { } port) return null;
        if (NumberOf(line.Groups["vcpu"], DomainInfo.MaximumVcpus - 1) is not { } vcpu) return null;
        var status = new EventChannelStatus(port, null, (int)vcpu);
        if (line.Groups["remote"].Success)
        {
            if (NumberOf(line.Groups["remote"], ushort.MaxValue) is not { } domId) return null;
            status = status with { State = ChannelState.Unbound, RemoteDomId = (ushort)domId };
            if (!line.Groups["remotePort"].Success) return status;
            if (NumberOf(line.Groups["remotePort"], DebugKeyLine.MaximumPort) is not { } remotePort) return null;
            return status with { State = ChannelState.Interdomain, RemotePort = remotePort };
        }
        if (line.Groups["pirq"].Success)
            return NumberOf(line.Groups["pirq"], int.MaxValue) is { } pirq
                ? status with { State = ChannelState.PhysicalIrq, Irq = pirq }
                : null;
        if (line.Groups["virq"].Success)
            return NumberOf(line.Groups["virq"], DebugKeyLine.MaximumVirq) is { } virq
                ? status with { State = ChannelState.VirtualIrq, Irq = virq }
                : null;
        return status with { State = ChannelState.Ipi };
    }

    private static uint? NumberOf(Group digits, int most) =>
        uint.TryParse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most ? number : null;

    [GeneratedRegex("^[0-9]{1,6}: VCPU [0-9]", RegexOptions.CultureInvariant)]
    private static partial Regex Start();

    [GeneratedRegex(
        @"^(?<port>[0-9]{1,6}): VCPU (?<vcpu>[0-9]{1,4}): (Interdomain \(Connected\) - Remote Domain (?<remote>[0-9]{1,5}), Port "
            + @"(?<remotePort>[0-9]{1,6})|Interdomain \(Waiting connection\) - Remote Domain (?<remote>[0-9]{1,5})|"
            + "Physical IRQ (?<pirq>[0-9]{1,10})|Virtual IRQ (?<virq>[0-9]{1,2})|IPI)$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex PortLine();

    // Matches the text before the command. A prompt ends with '#', '$', '>' or '%'.
    [GeneratedRegex(@"^([^\n]{0,200}[#$>%] ?)?(sudo )?\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Prompt();

    [GeneratedRegex(
        "^" + Command + @"( (?<domain>[0-9]{1,9}))?( ?[|>][^\n]{0,200})?$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex CommandEnd();
}
