using System.Buffers;
using XenShared.Hypervisor;

namespace XenShared.Files.DebugKeys;

/// <summary>Parses the lines of <c>xl vcpu-list</c> (<c>print_vcpuinfo</c> in <c>tools/xl/xl_vcpu.c</c> of Xen 4.1 to 4.23).</summary>
internal static class VcpuListLine
{
    // A processor number above this one cannot exist: Xen supports at most 16,384 processors.
    public const int HighestCpu = 16383;
    public const int LongestAffinity = 1024;

    private static readonly SearchValues<char> s_ranges = SearchValues.Create("0123456789,-");

    /// <summary>Parses the line of a vCPU.</summary>
    /// <param name="text">The line.</param>
    /// <param name="hasSoftAffinity">Whether the heading names both affinities, as since Xen 4.5.</param>
    /// <param name="isCutOff">Whether digits can be missing at the end of the line.</param>
    /// <returns>Null if it is not a complete line.</returns>
    public static ListedVcpu? Parse(string text, bool hasSoftAffinity, bool isCutOff = false)
    {
        var row = new TableRow(text);
        var last = row.Count - 1;
        string? hard, soft = null;
        if (hasSoftAffinity)
        {
            if (row[last - 1] is not "/") return null;
            (hard, soft, last) = (AffinityOf(row[last - 2]), AffinityOf(row[last]), last - 2);
            if (soft is null) return null;
        }
        else if (row[last] is "cpu" && row[last - 1] is "any")
        {
            // Up to Xen 4.4, xl prints this for all processors.
            (hard, last) = ("all", last - 1);
        }
        else hard = AffinityOf(row[last]);
        if (hard is null) return null;
        if (!row.TryGetTime(last - 1, out _)
            || !row.TryGetNumber(last - 4, DomainInfo.MaximumVcpus - 1, out var vcpu)
            || !row.TryGetDomId(last - 5, out var domId)
            || !row.TryGetNameBefore(last - 5, out var name))
            return null;
        var isOffline = row[last - 2] is "--p" && row[last - 3] is "-";
        var cpu = 0;
        if (!isOffline && !(IsFlags(row[last - 2]) && row.TryGetNumber(last - 3, HighestCpu, out cpu))) return null;
        VcpuState? state = isOffline ? VcpuState.Offline
            : row[last - 2][0] == 'r' ? VcpuState.Running
            : row[last - 2][1] == 'b' ? VcpuState.Blocked
            : null;
        if (isCutOff && char.IsAsciiDigit(text.TrimEnd()[^1]))
        {
            if (hasSoftAffinity) soft = null;
            else hard = null;
        }
        return new ListedVcpu(domId, name, vcpu, isOffline ? null : cpu, state, hard, soft);
    }

    /// <summary>Determines whether a line that could not be parsed looks like the line of a vCPU.</summary>
    public static bool IsBroken(string text)
    {
        var row = new TableRow(text);
        for (var word = 1; word < row.Count; word++)
        {
            if ((row[word] is "--p" || IsFlags(row[word]))
                && (row.TryGetNumber(word - 1, int.MaxValue, out _) || row.TryGetTime(word + 1, out _)))
                return true;
        }
        return false;
    }

    private static bool IsFlags(ReadOnlySpan<char> word) =>
        word.Length == 3 && word[0] is 'r' or '-' && word[1] is 'b' or '-' && word[2] == '-';

    private static string? AffinityOf(ReadOnlySpan<char> word) =>
        word is "all" or "none"
        || word.Length is > 0 and <= LongestAffinity && char.IsAsciiDigit(word[0]) && !word.ContainsAnyExcept(s_ranges)
            ? word.ToString()
            : null;
}
