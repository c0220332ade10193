using System.Globalization;
using System.Text.RegularExpressions;
using XenShared.Hypervisor;

namespace XenShared.Files.DebugKeys;

/// <summary>
/// Represents a line of debug key <c>e</c> (<c>xen/common/event_channel.c</c> of Xen 4.0 to 4.23). Xen prints the line of a port in several
/// pieces, and text from another processor can come between them. So only a line that is complete to its last field is used.
/// </summary>
/// <param name="Kind">The role of the line in a dump.</param>
internal readonly partial record struct DebugKeyLine(DebugKeyLineKind Kind)
{
    /// <summary>The highest port.</summary>
    public const int MaximumPort = (1 << 17) - 1;

    /// <summary>The highest virtual interrupt: <c>NR_VIRQS</c> is 24.</summary>
    public const int MaximumVirq = 23;

    private const string NoWord =
        "Xen has no page of the guest's event array for this port yet; its events are queued in Xen, which does not print them";
    private const string Consumed = "Xen itself consumes this channel, and prints the same for all such channels";

    // Each line begins with "(XEN) ". If Xen's option console_timestamps is set, a timestamp in brackets follows.
    private const string Prefix = @"\(XEN\) (\[[0-9a-f .:\-]+\] )?";

    /// <summary>Gets the domain of a heading, or of a line of polling vCPUs from Xen 4.0.</summary>
    public ushort? DomId { get; private init; }

    /// <summary>Gets the port with its values if the line is that of a port; otherwise the default value.</summary>
    public HypervisorPort Port { get; private init; }

    /// <summary>Gets the ranges of polling vCPUs, if the line lists them.</summary>
    public IReadOnlyList<(int First, int Last)> Polling { get; private init; } = [];

    /// <summary>Gets the values of a line of debug key <c>q</c>; null for any other line.</summary>
    public DomainStateLine? State { get; private init; }

    /// <summary>Gets a value indicating whether the line is incomplete.</summary>
    public bool IsBroken =>
        Kind is DebugKeyLineKind.BrokenPort or DebugKeyLineKind.BrokenHeading or DebugKeyLineKind.BrokenDomainState;

    /// <summary>Gets a value indicating whether the line is from debug key <c>q</c>.</summary>
    public bool IsDomainState => Kind is DebugKeyLineKind.DomainState or DebugKeyLineKind.BrokenDomainState;

    /// <summary>Parses a line of a log.</summary>
    /// <param name="text">The text after <c>(XEN)</c> and the timestamp. Each run of blanks is one blank.</param>
    public static DebugKeyLine Parse(string text) =>
        Announcement().IsMatch(text) ? new(DebugKeyLineKind.Announcement)
        : Columns().IsMatch(text) ? new(DebugKeyLineKind.Columns)
        : Heading().Match(text) is { Success: true } heading && DomIdOf(heading) is { } domId
            ? new(DebugKeyLineKind.Heading) { DomId = domId }
        : PollingLine().Match(text) is { Success: true } polling ? ParsePolling(polling)
        : PortLine().Match(text) is { Success: true } line && ParsePort(line) is { } port ? new(DebugKeyLineKind.Port) { Port = port }
        : BrokenPort().IsMatch(text) ? new(DebugKeyLineKind.BrokenPort)
        : BrokenHeading().IsMatch(text) ? new(DebugKeyLineKind.BrokenHeading)
        : DomainStateLine.Parse(text) is { } state ? new(DebugKeyLineKind.DomainState) { State = state }
        : DomainStateLine.IsBroken(text) ? new(DebugKeyLineKind.BrokenDomainState)
        : default;

    /// <summary>Parses a line that was read from Xen itself, so that its blanks must be exactly those that Xen prints.</summary>
    /// <param name="line">The line with <c>(XEN)</c>, without its line end.</param>
    public static DebugKeyLine ParseExact(string line)
    {
        var start = Start().Match(line);
        var parsed = Parse(Blanks().Replace(line[start.Length..], " ").Trim());
        if (start.Success)
            return parsed.Kind == DebugKeyLineKind.Port && !ExactPort().IsMatch(line) ? new(DebugKeyLineKind.BrokenPort) : parsed;
        // The line does not begin with "(XEN) ", because another processor printed text before it. Xen prints the start of the line of a
        // port or of a heading with one call, so this start is intact even then. If it is found, the line counts as a damaged line of a
        // port or a heading.
        return PieceOfPort().IsMatch(line) ? new(DebugKeyLineKind.BrokenPort)
            : PieceOfHeading().IsMatch(line) ? new(DebugKeyLineKind.BrokenHeading)
            : default;
    }

    /// <summary>Determines whether a line that could not be parsed looks like that of a port.</summary>
    public static bool LooksLikePort(string text) => PortLike().IsMatch(text);

    /// <summary>Determines whether Xen prints a line only when it starts.</summary>
    public static bool IsOfStart(string text) => StartLine().IsMatch(text);

    /// <summary>Returns the version of Xen from a line of its start messages; null for any other line.</summary>
    public static XenVersion? VersionOf(string text) =>
        Banner().Match(text) is { Success: true } match
            ? new XenVersion(
                int.Parse(match.Groups["major"].ValueSpan, CultureInfo.InvariantCulture),
                int.Parse(match.Groups["minor"].ValueSpan, CultureInfo.InvariantCulture),
                match.Groups["extra"].Value)
            : null;

    // Returns the ranges of polling vCPUs of a line. They are not expanded, because a line can name thousands of vCPUs. Xen prints the
    // ranges in ascending order. If they are not, the line is damaged, and the default value is returned.
    private static DebugKeyLine ParsePolling(Match match)
    {
        var ranges = new List<(int First, int Last)>();
        if (match.Groups["mask"] is { Success: true } mask)
        {
            var digits = mask.Value.Replace(",", "", StringComparison.Ordinal);
            for (var bit = 0; bit < digits.Length * 4; bit++)
                if ((Convert.ToInt32(digits[^(bit / 4 + 1)].ToString(), 16) >> (bit % 4) & 1) != 0) ranges.Add((bit, bit));
        }
        foreach (var range in match.Groups["list"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = range.Split('-');
            if (ends.Length > 2) return default;
            if (NumberOf(ends[0], DomainInfo.MaximumVcpus - 1) is not { } first) return default;
            if (NumberOf(ends[^1], DomainInfo.MaximumVcpus - 1) is not { } last) return default;
            if (first > last || ranges.Count > 0 && ranges[^1].Last >= first) return default;
            ranges.Add(((int)first, (int)last));
        }
        return new(DebugKeyLineKind.PollingVcpus) { DomId = DomIdOf(match), Polling = ranges };
    }

    private static HypervisorPort? ParsePort(Match line)
    {
        // A port above MaximumPort cannot exist, so a line with one is damaged.
        if (NumberOf(line.Groups["port"].ValueSpan, MaximumPort) is not { } port) return null;
        if (FieldsOf(line.Groups["fields"].Value) is not { } fields) return null;
        if (!fields.TryGetValue('n', out var vcpu) || vcpu >= DomainInfo.MaximumVcpus || !fields.ContainsKey('x')) return null;
        // The field s contains Xen's number for the state of the port. Each string below lists the letters of the fields that a port in
        // this state must have, besides n and x.
        var (state, expected) = fields.GetValueOrDefault('s') switch
        {
            2 => (ChannelState.Unbound, "d"),
            3 => (ChannelState.Interdomain, "dp"),
            4 => (ChannelState.PhysicalIrq, "p"),
            5 => (ChannelState.VirtualIrq, "v"),
            6 => (ChannelState.Ipi, ""),
            _ => (ChannelState.Closed, ""),
        };
        var optional = state == ChannelState.PhysicalIrq ? "snxi" : "snx";
        var allowed = expected + optional;
        if (state == ChannelState.Closed
            || !expected.All(fields.ContainsKey)
            || fields.Keys.Any(key => !allowed.Contains(key, StringComparison.Ordinal))
            || fields.GetValueOrDefault('d') > ushort.MaxValue
            || state == ChannelState.Interdomain && fields['p'] > MaximumPort
            || fields.GetValueOrDefault('v') > MaximumVirq)
            return null;
        var queue = Queue().Match(line.Groups["third"].Value);
        var isFifo = queue.Success;
        var hasNoWord = queue.Groups["link"].Value == "?";
        var isConsumed = fields.GetValueOrDefault('x') != 0;
        var isKnown = !hasNoWord && !isConsumed;
        return new HypervisorPort(
            port,
            state,
            (int)vcpu,
            isConsumed,
            isFifo ? EventAbi.Fifo : EventAbi.TwoLevel,
            isKnown ? line.Groups["pending"].ValueSpan[0] == '1' : null,
            isKnown ? line.Groups["masked"].ValueSpan[0] == '1' : null,
            // Xen prints the link (the next port of the queue, 0 at its end) only if the bit LINKED is set. Otherwise it prints '-'.
            isFifo && !hasNoWord ? queue.Groups["link"].Value != "-" : null,
            isFifo && !hasNoWord ? queue.Groups["busy"].Success : null,
            hasNoWord ? NoWord : isConsumed ? Consumed : null)
        {
            InSelector = !isFifo && line.Groups["third"].Success ? line.Groups["third"].ValueSpan[0] == '1' : null,
            RemoteDomId = fields.TryGetValue('d', out var remote) ? (ushort)remote : null,
            RemotePort = state == ChannelState.Interdomain ? fields['p'] : null,
            Irq = state == ChannelState.PhysicalIrq ? fields['p'] : state == ChannelState.VirtualIrq ? fields['v'] : null,
        };
    }

    // Returns the fields by their letters; null if one is not valid. They can be in any order, because Xen 4.0 prints the consumer (x)
    // last. A security label (Z) after the fields is ignored.
    private static Dictionary<char, uint>? FieldsOf(string text)
    {
        var fields = new Dictionary<char, uint>();
        var label = text.IndexOf(" Z=", StringComparison.Ordinal);
        foreach (var field in (label < 0 ? text : text[..label]).Split(' '))
        {
            if (field.Length < 3 || field[1] != '=' || !"snxdpiv".Contains(field[0], StringComparison.Ordinal)) return null;
            // The field i is the interrupt of the host that belongs to a PIRQ. It can be negative. Its value is not used, so the sign is
            // skipped and only the digits are checked.
            var digits = field.AsSpan(field[0] == 'i' && field[2] == '-' ? 3 : 2);
            if (NumberOf(digits, uint.MaxValue) is not { } number || !fields.TryAdd(field[0], number)) return null;
        }
        return fields;
    }

    private static ushort? DomIdOf(Match match) => (ushort?)NumberOf(match.Groups["domain"].ValueSpan, ushort.MaxValue);

    private static uint? NumberOf(ReadOnlySpan<char> digits, uint highest) =>
        uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= highest ? number : null;

    [GeneratedRegex("^'e' pressed -> ", RegexOptions.CultureInvariant)]
    private static partial Regex Announcement();

    [GeneratedRegex("^Event channel information for domain (?<domain>[0-9]{1,5}):$", RegexOptions.CultureInvariant)]
    private static partial Regex Heading();

    // Matches the line above the ports. Its brackets name the bits of a port. Up to Xen 4.3, there is no third one (s).
    [GeneratedRegex(@"^port \[p/m(/s)?\]$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Columns();

    // Xen 4.0 prints the polling vCPUs of a domain as a bitmap, in a line before the heading of the domain. Later versions print ranges,
    // after the heading.
    [GeneratedRegex(
        @"^(Polling vCPUs: \{(?<list>[0-9,-]{0,400})\}|Domain (?<domain>[0-9]{1,5}) polling vCPUs: (?<mask>[0-9a-f,]{1,200}))$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex PollingLine();

    [GeneratedRegex(
        @"^(?<port>[1-9][0-9]{0,5}) \[(?<pending>[01])/(?<masked>[01])(/(?<third>[01]|(B|[ ])?[ ]?(-|\?|[0-9]{1,6})[ ]?))?\]: "
            + "(?<fields>.{5,300})$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex PortLine();

    // Matches the third field of a FIFO channel: the bit BUSY and the link. The third field of a two-level channel, which must not match,
    // is one digit without a blank.
    [GeneratedRegex(@"^(?![01]$)(?<busy>B)? ?(?<link>-|\?|[0-9]{1,6}) ?$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Queue();

    // Matches the line of a port with exactly the blanks that Xen prints. Xen pads the number of the port to four places, and the third
    // field of a FIFO channel to at least six.
    [GeneratedRegex(
        "^" + Prefix + @" {4,7}[1-9][0-9]{0,5} \[[01]/[01]/([01]|[B ] (-   |[0-9]   |[0-9]{2}  |[0-9]{3} |[0-9]{4,6})|\?     )\]: [^ ]",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex ExactPort();

    [GeneratedRegex("^" + Prefix, RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Start();

    [GeneratedRegex(
        @"(^|\(XEN\) ?(\[[0-9a-f .:\-]+\] ?)?)[0-9]+ ?\[",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex BrokenPort();

    [GeneratedRegex(
        @"(^|\(XEN\) ?(\[[0-9a-f .:\-]+\] ?)?)Event channel information for domain\b",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex BrokenHeading();

    [GeneratedRegex(Prefix + @" {4,7}[0-9]+ \[", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex PieceOfPort();

    [GeneratedRegex(Prefix + "Event channel information for domain ", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex PieceOfHeading();

    [GeneratedRegex(@": s=[0-9] n=[0-9]|\[[01]/[01](/|\])")]
    private static partial Regex PortLike();

    [GeneratedRegex(" +")]
    private static partial Regex Blanks();

    [GeneratedRegex(
        @"^(Command line: |\*\*\* (LOADING DOMAIN 0|Building a PVH? Dom0)\b)",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex StartLine();

    [GeneratedRegex(
        "^Xen version (?<major>[0-9]{1,3})\\.(?<minor>[0-9]{1,3})(?<extra>[-.a-z0-9]{0,16}) ",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Banner();
}
