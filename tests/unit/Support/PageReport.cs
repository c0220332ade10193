using System.Globalization;
using System.Text.RegularExpressions;
using XenShared.Fuzz.Samples;
using XenShared.Layout;

namespace XenShared.Tests.Support;

/// <summary>
/// Reads the output of a C program of the test bed about a page (<c>shi.txt</c>). The program uses Xen's headers and shares no code with
/// the library, so the decoders are compared with it.
/// </summary>
internal sealed partial class PageReport
{
    private readonly string _text;

    public PageReport(string text) => _text = text;

    public ushort DomId => (ushort)Number(One(DomainLine()), "domain");

    public uint Flags => (uint)Number(One(DomainLine()), "flags");

    public ulong Frame => Number(One(DomainLine()), "frame");

    public ulong TotalPages => Number(One(DomainLine()), "pages");

    /// <summary>Gets slot 0 in the second sample, which is the saved one.</summary>
    public VcpuInfoContent Slot0
    {
        get
        {
            var slot = One(SlotLine());
            return new VcpuInfoContent(
                (byte)Number(slot, "pending"), (byte)Number(slot, "mask"), Number(slot, "selector"), Number(slot, "cr2"),
                new VcpuTimeContent(
                    (uint)Number(slot, "version"), Number(slot, "tsc"), Number(slot, "system"), (uint)Number(slot, "mul"),
                    sbyte.Parse(slot["shift"].Value, CultureInfo.InvariantCulture), (byte)Number(slot, "flags")));
        }
    }

    /// <summary>Gets the words of the pending bitmap that are not zero.</summary>
    public IReadOnlyDictionary<int, ulong> PendingWords => Words(PendingLine());

    /// <summary>Gets a value indicating whether the pending bitmap changed within the two seconds between the program's samples.</summary>
    public bool PendingChanged => One(PendingCount())["changed"].Value == "yes";

    /// <summary>Gets the words of the mask that are neither zero nor all ones.</summary>
    public IReadOnlyDictionary<int, ulong> MixedMaskWords => Words(MaskLine());

    public int MaskWordsAllOnes => (int)Number(One(MaskCount()), "ones");

    public int MaskWordsAllZero => (int)Number(One(MaskCount()), "zero");

    public WallClockContent WallClock
    {
        get
        {
            var clock = One(ClockLine());
            return new((uint)Number(clock, "version"), Number(clock, "sec"), (uint)Number(clock, "nsec"));
        }
    }

    public ArchInfoContent Arch
    {
        get
        {
            var words = One(ArchLine())["words"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Parse).ToArray();
            return new(words[0], words[1], words[2], words[3], words[4], words[5]);
        }
    }

    /// <summary>Gets the ports that Xen refused to report (EACCES).</summary>
    public IEnumerable<uint> HiddenPorts => HiddenLine().Matches(_text).Select(match => (uint)Number(match.Groups, "port"));

    private GroupCollection One(Regex line)
    {
        var match = line.Match(_text);
        Assert.True(match.Success, $"The report has no line like {line}.");
        return match.Groups;
    }

    private Dictionary<int, ulong> Words(Regex line) =>
        line.Matches(_text).ToDictionary(match => (int)Number(match.Groups, "index"), match => Number(match.Groups, "value"));

    private static ulong Number(GroupCollection groups, string name) => Parse(groups[name].Value);

    private static ulong Parse(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? ulong.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : ulong.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"^getinfolist rc=1 domain=(?<domain>\d+) flags=(?<flags>\w+) frame=(?<frame>\w+) tot_pages=(?<pages>\d+)",
        RegexOptions.Multiline
    )]
    private static partial Regex DomainLine();

    [GeneratedRegex(
        @"^vcpu0 sample1: upcall_pending=(?<pending>\w+) upcall_mask=(?<mask>\w+) pending_sel=(?<selector>\w+) cr2="
            + @"(?<cr2>\w+) time\{version=(?<version>\d+) tsc=(?<tsc>\w+) system_time=(?<system>\d+) mul=(?<mul>\w+) shift="
            + @"(?<shift>-?\d+) flags=(?<flags>\w+)\}",
        RegexOptions.Multiline
    )]
    private static partial Regex SlotLine();

    [GeneratedRegex(@"^pending\[(?<index>\d+)\]=(?<value>\w+)", RegexOptions.Multiline)]
    private static partial Regex PendingLine();

    [GeneratedRegex(@"^pending: \d+ of \d+ words non-zero; changed in 2 s: (?<changed>\w+)", RegexOptions.Multiline)]
    private static partial Regex PendingCount();

    [GeneratedRegex(@"^mask\[(?<index>\d+)\]=(?<value>\w+)", RegexOptions.Multiline)]
    private static partial Regex MaskLine();

    [GeneratedRegex(@"^mask: (?<ones>\d+) words all ones, (?<zero>\d+) all zero", RegexOptions.Multiline)]
    private static partial Regex MaskCount();

    [GeneratedRegex(@"^wc_version=(?<version>\d+) wc_sec=(?<sec>\d+) \([^)]*\) wc_nsec=(?<nsec>\d+)", RegexOptions.Multiline)]
    private static partial Regex ClockLine();

    [GeneratedRegex(@"^arch_shared_info @3088:(?<words>( \w+){6})", RegexOptions.Multiline)]
    private static partial Regex ArchLine();

    [GeneratedRegex(@"^port (?<port>\d+): rc=-1 errno=13 ", RegexOptions.Multiline)]
    private static partial Regex HiddenLine();
}
