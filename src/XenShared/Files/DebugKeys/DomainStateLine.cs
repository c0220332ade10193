using System.Globalization;
using System.Text.RegularExpressions;
using XenShared.Hypervisor;

namespace XenShared.Files.DebugKeys;

/// <summary>
/// Represents a line of debug key <c>q</c> (<c>dump_domains</c> in <c>xen/common/keyhandler.c</c> of Xen 4.0 to 4.23). Only the values that
/// this program uses are kept.
/// </summary>
/// <param name="Kind">The role of the line in a dump.</param>
internal sealed partial record DomainStateLine(DomainStateLineKind Kind)
{
    // The first characters of the lines that debug key q prints. Most other lines of a log begin with another character, so they are
    // skipped without trying each pattern.
    private const string FirstCharacters = "'GVrnhpNSX";

    /// <summary>Gets the domain of a heading.</summary>
    public ushort DomId { get; private init; }

    /// <summary>Gets the vCPU that this line describes, with the values in the line.</summary>
    public HypervisorVcpu Vcpu { get; private init; }

    /// <summary>Gets the number of references to the domain.</summary>
    public int References { get; private init; }

    /// <summary>Gets a value indicating whether the domain is dying.</summary>
    public bool IsDying { get; private init; }

    /// <summary>
    /// Gets how often the domain or the vCPU has been paused and not yet unpaused (<c>pause_count</c>); null before Xen 4.2.
    /// </summary>
    public int? PauseCount { get; private init; }

    /// <summary>Gets the reasons why a vCPU does not run (<c>pause_flags</c>), from the line after that of the vCPU.</summary>
    public VcpuPauseFlags PauseFlags { get; private init; }

    /// <summary>Gets the number of the domain's pages; null if this version of Xen prints it in another line.</summary>
    public ulong? Pages { get; private init; }

    /// <summary>Gets the UUID of the domain.</summary>
    public Guid Uuid { get; private init; }

    /// <summary>Parses a line of a log.</summary>
    /// <param name="text">The text after <c>(XEN)</c> and the timestamp. Each run of blanks is one blank.</param>
    /// <returns>The line; null if it is not a complete line of the key.</returns>
    public static DomainStateLine? Parse(string text) =>
        text.Length == 0 || !FirstCharacters.Contains(text[0], StringComparison.Ordinal) ? null
        : AnnouncementLine().IsMatch(text) ? new(DomainStateLineKind.Announcement)
        : HeadingLine().Match(text) is { Success: true } heading ? ParseHeading(heading)
        : CountsLine().Match(text) is { Success: true } counts ? ParseCounts(counts)
        : PagesLine().Match(text) is { Success: true } pages
            ? new(DomainStateLineKind.Pages) { Pages = ulong.Parse(pages.Groups["pages"].ValueSpan, CultureInfo.InvariantCulture) }
        : HandleLine().Match(text) is { Success: true } handle
            ? new(DomainStateLineKind.Handle) { Uuid = Guid.ParseExact(handle.Groups["uuid"].ValueSpan, "D") }
        : VcpuLine().Match(text) is { Success: true } vcpu ? ParseVcpu(vcpu)
        : PauseLine().Match(text) is { Success: true } pause ? ParsePause(pause)
        : ArmLine().IsMatch(text) ? new(DomainStateLineKind.Arm)
        : EndLine().IsMatch(text) ? new(DomainStateLineKind.End)
        : null;

    /// <summary>Determines whether a line that could not be parsed begins like a line of the key.</summary>
    public static bool IsBroken(string text) => BrokenLine().IsMatch(text);

    private static DomainStateLine? ParseHeading(Match match) =>
        ushort.TryParse(match.Groups["domain"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var domId)
            ? new(match.Groups["vcpus"].Success ? DomainStateLineKind.VcpuHeading : DomainStateLineKind.Heading) { DomId = domId }
            : null;

    private static DomainStateLine? ParseCounts(Match match)
    {
        if (NumberOf(match.Groups["references"]) is not { } references) return null;
        int? pauses = null;
        if (match.Groups["pauses"].Success && (pauses = NumberOf(match.Groups["pauses"])) is null) return null;
        return new(DomainStateLineKind.Counts)
        {
            References = references,
            IsDying = match.Groups["dying"].Value != "0",
            PauseCount = pauses,
            Pages = match.Groups["pages"] is { Success: true } pages
                ? ulong.Parse(pages.ValueSpan, CultureInfo.InvariantCulture)
                : null,
        };
    }

    private static DomainStateLine? ParseVcpu(Match match)
    {
        if (NumberOf(match.Groups["vcpu"]) is not { } number || number >= DomainInfo.MaximumVcpus) return null;
        VcpuPauseFlags? flags = null;
        if (match.Groups["flags"].Success && (flags = FlagsOf(match)) is null) return null;
        var poll = match.Groups["poll"].ValueSpan;
        return new(DomainStateLineKind.Vcpu)
        {
            Vcpu = new HypervisorVcpu(
                number,
                match.Groups["running"].ValueSpan[0] == 'T',
                // Xen prints -1 if the vCPU waits for several ports, and 0 if it waits for none. In both cases, the port is null.
                poll[0] != '-' && uint.Parse(poll, CultureInfo.InvariantCulture) is var port and not 0 ? port : null,
                match.Groups["pending"].Value != "00",
                match.Groups["mask"].Value != "00",
                null,
                flags),
        };
    }

    private static DomainStateLine? ParsePause(Match match) =>
        NumberOf(match.Groups["pauses"]) is { } pauses && FlagsOf(match) is { } flags
            ? new(DomainStateLineKind.VcpuPause) { PauseCount = pauses, PauseFlags = flags }
            : null;

    private static VcpuPauseFlags? FlagsOf(Match match) =>
        uint.TryParse(match.Groups["flags"].ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var flags)
            ? (VcpuPauseFlags)flags
            : null;

    private static int? NumberOf(Group digits) =>
        int.TryParse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex("^'q' pressed -> ", RegexOptions.CultureInvariant)]
    private static partial Regex AnnouncementLine();

    [GeneratedRegex(
        "^(General information|(?<vcpus>VCPU information and callbacks)) for domain (?<domain>[0-9]{1,5}):$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex HeadingLine();

    // Matches the line that begins with refcnt. Up to Xen 4.1, it has nr_pages instead of pause_count.
    [GeneratedRegex(
        @"^refcnt=(?<references>[0-9]{1,10}) dying=(?<dying>[0-2]) (pause_count=(?<pauses>[0-9]{1,10})|nr_pages=(?<pages>[0-9]{1,10}) "
            + "xenheap_pages=[0-9]{1,10} (shared_pages=[0-9]{1,10} )?dirty_cpus=[^ ]{1,1000} max_pages=[0-9]{1,10})$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex CountsLine();

    [GeneratedRegex(
        @"^nr_pages=(?<pages>[0-9]{1,10}) xenheap_pages=[0-9]{1,10} (shared_pages=[0-9]{1,10} )?(paged_pages=[0-9]{1,10} )?"
            + "dirty_cpus=[^ ]{1,1000} max_pages=[0-9]{1,10}$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex PagesLine();

    [GeneratedRegex(
        "^handle=(?<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}) vm_assist=[0-9a-f]{8,16}$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex HandleLine();

    // Matches the line of a vCPU. Up to Xen 4.1, the flags are in this line; later versions print them in the next line. Up to Xen 4.5,
    // there are blanks around '='. The fields at the end are not in every version.
    [GeneratedRegex(
        @"^VCPU(?<vcpu>[0-9]{1,4}): CPU[0-9]{1,5} \[has=(?<running>[TF])\] (flags=(?<flags>[0-9a-f]{1,16}) )?poll=(?<poll>-1|[0-9]{1,6}) "
            + "upcall_pend ?= ?(?<pending>[0-9a-f]{2}),? upcall_mask ?= ?(?<mask>[0-9a-f]{2})"
            + "( dirty_cpus?=[^ ]{1,1000})?( cpu_affinity=[^ ]{1,1000})?$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex VcpuLine();

    [GeneratedRegex(
        "^pause_count=(?<pauses>[0-9]{1,10}) pause_flags=(?<flags>[0-9a-f]{1,16})$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex PauseLine();

    [GeneratedRegex("^(GICH_LRs \\(vcpu|p2m mappings for domain )", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex ArmLine();

    // Matches a line that ends the dump, because Xen prints it after the last domain. Up to Xen 4.1, "Notifying guest" without a number
    // also follows each vCPU. That line does not end the dump, so a number is required.
    [GeneratedRegex(
        "^(Notifying guest [0-9]{1,5}:[0-9]|Shared frames |'.' pressed -> |Xen version [0-9])",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex EndLine();

    [GeneratedRegex(
        "^(General information|VCPU information|refcnt=|nr_pages=|handle=|VCPU[0-9]{1,4}: CPU|pause_count=)",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex BrokenLine();
}
