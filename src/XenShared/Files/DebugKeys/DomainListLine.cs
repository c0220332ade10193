namespace XenShared.Files.DebugKeys;

/// <summary>Parses the lines of <c>xl list</c> (<c>list_domains</c> in <c>tools/xl/xl_info.c</c> of Xen 4.1 to 4.23).</summary>
internal static class DomainListLine
{
    private const string FlagLetters = "rbps";
    private const string ReasonLetters = "-rscwS?";
    private const int Flags = 6;

    /// <summary>Parses the line of a domain.</summary>
    /// <param name="text">The line.</param>
    /// <param name="columns">The headings after <c>Time(s)</c>, which options such as <c>-v</c> add.</param>
    /// <returns>Null if it is not a complete line.</returns>
    public static ListedDomain? Parse(string text, string columns)
    {
        var row = new TableRow(text);
        var hasUuid = columns.Contains("UUID", StringComparison.Ordinal);
        var hasMore = columns.Trim().Length > 0;
        for (var time = row.Count - 1; time >= 4; time--)
        {
            if (!row.TryGetTime(time, out var cpuTime) || !IsFlags(row[time - 1])) continue;
            Guid? uuid = null;
            if (hasUuid)
            {
                if (!Guid.TryParseExact(row[time + 1], "D", out var value)) continue;
                uuid = value;
            }
            else if (hasMore ? time == row.Count - 1 : time < row.Count - 1) continue;
            if (row.TryGetNumber(time - 2, Hypervisor.DomainInfo.MaximumVcpus, out var vcpus)
                && row.TryGetNumber(time - 3, int.MaxValue, out _)
                && row.TryGetDomId(time - 4, out var domId)
                && row.TryGetNameBefore(time - 4, out var name))
            {
                var (state, reason) = StateOf(row[time - 1]);
                return new ListedDomain(domId, name, state, reason, vcpus, cpuTime) { Uuid = uuid };
            }
        }
        return null;
    }

    /// <summary>Determines whether a line that could not be parsed looks like the line of a domain.</summary>
    public static bool IsBroken(string text)
    {
        var row = new TableRow(text);
        for (var word = 1; word < row.Count; word++)
        {
            if (IsFlags(row[word]) && (row.TryGetNumber(word - 1, int.MaxValue, out _) || row.TryGetTime(word + 1, out _))) return true;
        }
        return row.TryGetTime(row.Count - 1, out _) && row.TryGetNumber(row.Count - 3, int.MaxValue, out _);
    }

    private static bool IsFlags(ReadOnlySpan<char> word)
    {
        if (word.Length != Flags || !ReasonLetters.Contains(word[4], StringComparison.Ordinal) || word[5] is not ('d' or '-')) return false;
        for (var index = 0; index < FlagLetters.Length; index++)
        {
            if (word[index] != '-' && word[index] != FlagLetters[index]) return false;
        }
        return true;
    }

    // The order of the states is that of DomainState. A letter for the reason without an 's' before it is from xm, the toolstack before xl.
    private static (DomainState State, ShutdownReason? Reason) StateOf(ReadOnlySpan<char> flags)
    {
        var isShutdown = flags[3] == 's' || flags[4] != '-';
        ShutdownReason? reason = !isShutdown
            ? null
            : flags[4] switch
            {
                '-' => ShutdownReason.Poweroff,
                'r' => ShutdownReason.Reboot,
                's' => ShutdownReason.Suspend,
                'c' => ShutdownReason.Crash,
                'w' => ShutdownReason.Watchdog,
                'S' => ShutdownReason.SoftReset,
                _ => null,
            };
        DomainState state =
            flags[5] == 'd' ? DomainState.Dying
            : isShutdown ? reason switch
            {
                ShutdownReason.Suspend => DomainState.Suspended,
                ShutdownReason.Crash or ShutdownReason.Watchdog => DomainState.Crashed,
                _ => DomainState.Shutdown,
            }
            : flags[2] == 'p' ? DomainState.Paused
            : flags[0] == 'r' ? DomainState.Running
            : flags[1] == 'b' ? DomainState.Blocked
            : DomainState.Runnable;
        return (state, reason);
    }
}
