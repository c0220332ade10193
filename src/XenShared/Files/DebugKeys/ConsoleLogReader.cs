using System.Text.RegularExpressions;
using XenShared.Hypervisor;

namespace XenShared.Files.DebugKeys;

/// <summary>
/// Reads the output of Xen's console from a text, such as the output of <c>xl dmesg</c>, a log of the serial console, or a mail with either
/// of them. The text is not held in memory as a whole. Lines that are too long for Xen, and bytes that are not text, count as damaged
/// lines.
/// </summary>
public sealed partial class ConsoleLogReader
{
    /// <summary>The maximum length of a line in bytes. Xen's longest lines have about 200.</summary>
    public const int MaximumLineBytes = 4096;

    /// <summary>
    /// The maximum length of the uncompressed text in bytes. The largest dump has 80 MiB; a serial line with 115,200 baud needs half a day
    /// for this many bytes.
    /// </summary>
    public const long MaximumBytes = 512L << 20;

    /// <summary>The maximum number of ports of a dump: eight domains with all FIFO ports.</summary>
    public const int MaximumPorts = 1 << 20;

    /// <summary>The maximum number of vCPUs of a dump: 128 domains with the highest number of vCPUs.</summary>
    public const int MaximumVcpus = 1 << 20;

    /// <summary>The maximum number of dumps of each key in memory. Of more dumps, the last ones are kept.</summary>
    public const int MaximumDumps = 1000;

    /// <summary>The maximum number of line numbers in <see cref="ConsoleLog.UnreadLines"/>.</summary>
    public const int MaximumUnreadLines = 5;

    // Terminals and mail programs do not break a line that is shorter than this.
    internal const int ShortestWrappedLine = 60;

    // The length at which a terminal usually breaks lines. It is used until a broken line in the log shows another length.
    private const int StandardWidth = 80;

    // Replaces a line that is too long to be read. That line may have been the first line of a domain, so a damaged first line
    // (BrokenHeading) is put in its place.
    private static readonly DebugKeyLine s_lost = new(DebugKeyLineKind.BrokenHeading);

    private readonly string _name;
    private readonly ConsoleLineNormalizer _normalizer = new();
    private readonly List<int> _unread = [];
    private readonly DomainStateDumps _states;
    private readonly ConsoleLogDumps _finished;
    private readonly ToolOutputs _tools = new();
    private DebugKeyLines _lines = new();
    private XenVersion? _version;
    private ConsoleLine? _first;
    private ConsoleLine? _held;
    private ConsoleLine _timed;
    private int _guestLength;
    private int _wrapWidth = StandardWidth;
    private bool _hasFollowers;
    private int _unreadCount;

    private ConsoleLogReader(string name, int? requested)
    {
        _name = name;
        _states = new DomainStateDumps(requested);
        _finished = new ConsoleLogDumps(requested);
    }

    /// <summary>Reads a text from a stream.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">Its name, for error messages.</param>
    /// <param name="dump">The number of the dump to select, counted from 1; null for the last complete one.</param>
    /// <param name="cancellation">Cancels reading.</param>
    /// <returns>The log; null if the text contains nothing that can be read.</returns>
    /// <exception cref="XenException"><see cref="XenErrorId.FileDamaged"/>: a limit is exceeded.
    /// <see cref="XenErrorId.FileNotRecognised"/>: there are fewer dumps.</exception>
    public static ConsoleLog? Read(Stream text, string name, int? dump = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new ConsoleLogReader(name, dump).Read(text, cancellation);
    }

    private ConsoleLog? Read(Stream text, CancellationToken cancellation)
    {
        var buffer = new byte[MaximumLineBytes * 16];
        var (start, held, offset, isSkipping) = (0, 0, 0L, false);
        while (true)
        {
            if (!isSkipping && buffer.AsSpan(start, held).IndexOfAnyExcept("\r\n"u8) is var blank and not 0)
            {
                if (blank < 0) blank = held;
                _normalizer.CountEmptyLines(buffer.AsSpan(start, blank).Count((byte)'\n'));
                (start, held, offset) = (start + blank, held - blank, offset + blank);
            }
            if (buffer.AsSpan(start, held).IndexOfAny("\r\n"u8) is var end and >= 0)
            {
                if (isSkipping || end > MaximumLineBytes) Lose();
                else Take(buffer.AsSpan(start, end), offset);
                isSkipping = false;
                // A carriage return and a line feed after it are one line end.
                var length = held > end + 1 && buffer.AsSpan(start + end).StartsWith("\r\n"u8) ? end + 2 : end + 1;
                (start, held, offset) = (start + length, held - length, offset + length);
                continue;
            }
            cancellation.ThrowIfCancellationRequested();
            // Xen prints no line that is longer than MaximumLineBytes. So such a line counts as damaged, and the rest of it is skipped too.
            if (held > MaximumLineBytes) (isSkipping, offset, held) = (true, offset + held, 0);
            buffer.AsSpan(start, held).CopyTo(buffer);
            start = 0;
            var read = text.Read(buffer, held, buffer.Length - held);
            if (read == 0) break;
            held += read;
            if (offset + held > MaximumBytes) throw Damaged(offset, $"it is longer than {MaximumBytes} bytes");
        }
        // The last line has no line end, so digits of its last number can be missing. If it can be from Xen, it counts as broken.
        var isCutOff = isSkipping;
        foreach (var line in _normalizer.Read(buffer.AsSpan(start, held), true)) isCutOff |= IsCutOff(line);
        foreach (var line in _normalizer.Flush()) isCutOff |= IsCutOff(line);
        Release();
        Finish(isCutOff);
        _states.Finish();
        return _tools.AddTo(_finished.Select(_states, _version, _name), _version);
    }

    private bool IsBare => _first is { IsFromXen: false };

    private void Take(ReadOnlySpan<byte> bytes, long offset)
    {
        foreach (var line in _normalizer.Read(bytes, _held is not null || _guestLength > 0 || _tools.CanContinue))
        {
            Take(line);
            if (_states.VcpuCount > MaximumVcpus) throw Damaged(offset, $"a dump in it has more than {MaximumVcpus} vCPUs");
            if (_tools.FindExcess() is { } excess) throw Damaged(offset, excess);
            if (_lines.PortCount > MaximumPorts) throw Damaged(offset, $"a dump in it has more than {MaximumPorts} ports");
        }
    }

    // Takes the next line. If it may be incomplete, it is held back in _held until the line after it is read, because a terminal or a mail
    // program may have broken one line into two.
    private void Take(ConsoleLine line)
    {
        var afterGuest = _guestLength;
        // A line of a guest can be broken more than once. Then all its parts but the last have the same length.
        var isPart = afterGuest >= ShortestWrappedLine && !line.IsFromXen;
        _guestLength = line.IsFromGuest || isPart && line.Length == afterGuest ? line.Length : 0;
        if (isPart || line.IsFromXen || line.IsFromGuest) _tools.Interrupt();
        else if (_tools.Read(line))
        {
            Release();
            _tools.Ports.AddOther(line);
            return;
        }
        if (line is { IsFromXen: false, IsFromGuest: false } && PortListLine.Parse(line.Text) is { } listed)
        {
            Release();
            // If the line before was a long line of a guest, a terminal may have moved the end of it to this line. Then this line is text
            // of the guest, so it is not used.
            if (afterGuest >= ShortestWrappedLine) _tools.Ports.AddUnread(line);
            else _tools.Ports.Add(line, listed);
            return;
        }
        _tools.Ports.AddOther(line);
        var parsed = DebugKeyLine.Parse(line.Text);
        if (_held is { } held
            && line is { IsFromXen: false, IsFromGuest: false, Prefix.Length: 0 }
            && IsFragment(line)
            && !LoggerPrefix.HasShape(line.Text, held.Prefix))
        {
            if (Join(held, line, parsed)) return;
            // The held line may end with a number, and this line may begin with the last digits of that number. So the held line counts as
            // broken.
            if (char.IsAsciiDigit(line.Text[0]) && parsed.Kind == DebugKeyLineKind.Other) Break();
        }
        Release();
        // The line before is a long line of a guest, which a terminal or a mail program may have broken into two. Then this line is the
        // second part of the guest's line, although it looks like a line of Xen. So this line is not used.
        if (afterGuest >= ShortestWrappedLine && parsed.Kind != DebugKeyLineKind.Other)
        {
            if (parsed.IsDomainState) _states.AddUnread(line);
            else AddUnread(line);
            return;
        }
        if (line.IsFromXen)
        {
            var version = DebugKeyLine.VersionOf(line.Text);
            if (version is not null || DebugKeyLine.IsOfStart(line.Text) || IsBeforeLast(line, parsed)) Restart();
            _version = version ?? _version;
        }
        var mayBeBroken = parsed.IsBroken
            || parsed.Kind is DebugKeyLineKind.Port or DebugKeyLineKind.DomainState
            || line.IsFromXen && line.Length >= ShortestWrappedLine;
        if (mayBeBroken && !line.IsFromGuest) _held = line;
        else Add(line, parsed);
    }

    // Called at a line that shows that Xen has started again. Ends the dump before this line; the dump counts as cut off.
    private void Restart()
    {
        if (_lines.HasBegun) Finish(isCutOff: true);
        _states.Restart();
        _finished.Restart();
    }

    // Determines whether the time since the start of Xen in this line is lower than in the line before. This is so only if Xen has started
    // again, and a text can lack Xen's start messages. Two lines are compared only if they are from one source. A line within a dump is not
    // compared, because the time in it can be damaged.
    private bool IsBeforeLast(ConsoleLine line, DebugKeyLine parsed)
    {
        var isWithin = parsed.IsDomainState
            ? parsed.State is not { Kind: DomainStateLineKind.Announcement }
            : _lines.HasBegun
                && parsed.Kind is not (DebugKeyLineKind.Other or DebugKeyLineKind.Announcement)
                && !_lines.BeginsAnotherDump(parsed);
        if (isWithin || line.BootTime is not { } time) return false;
        var isBefore = _timed.Prefix == line.Prefix && time < _timed.BootTime;
        _timed = line;
        return isBefore;
    }

    // Returns true if the last line of the text, which has no line end, can be an incomplete line of Xen. Then the line is counted as
    // unread.
    private bool IsCutOff(ConsoleLine line)
    {
        if (line.IsFromGuest) return false;
        if (!line.IsFromXen)
        {
            if (_tools.Read(line, isCutOff: true)) return false;
            if (PortListLine.Parse(line.Text) is { } listed)
            {
                _tools.Ports.AddCutOff(line, listed);
                return false;
            }
            _tools.Ports.AddOther(line);
            var isRest = _held is not null && IsFragment(line);
            if (!isRest && (!IsBare || DebugKeyLine.Parse(line.Text).Kind == DebugKeyLineKind.Other)) return false;
            if (isRest) Break();
        }
        CountUnread(line.Number);
        return true;
    }

    private static bool IsFragment(ConsoleLine line) => Fragment().IsMatch(line.Text);

    private bool Join(ConsoleLine held, ConsoleLine fragment, DebugKeyLine parsed)
    {
        // The fragment may be the second part of the held line. A held line without "(XEN)" is joined with it only if the fragment alone is
        // not a line of a dump.
        if (!held.IsFromXen && parsed.Kind != DebugKeyLineKind.Other) return false;
        string[] texts = [held.Text + fragment.Text, $"{held.Text} {fragment.Text}"];
        var whole = texts
            .Where(text => DebugKeyLine.Parse(text) is { Kind: not DebugKeyLineKind.Other, IsBroken: false })
            .ToArray();
        if (whole.Length != 1) return false;
        // The held line is a whole line even without the fragment. So the two are joined only if the held line has the width at which
        // earlier lines were broken.
        if (DebugKeyLine.Parse(held.Text).Kind is DebugKeyLineKind.Port or DebugKeyLineKind.DomainState && held.Length != _wrapWidth)
            return false;
        if (whole[0] == texts[0]) _wrapWidth = held.Length;
        _held = held with { Text = whole[0], Length = 0 };
        return true;
    }

    private void Release()
    {
        if (_held is not { } held) return;
        _held = null;
        Add(held, DebugKeyLine.Parse(held.Text));
    }

    // Counts the held line as unread, because its second part is missing.
    private void Break()
    {
        if (_held is not { } held) return;
        _held = null;
        if (DebugKeyLine.Parse(held.Text).IsDomainState) _states.AddUnread(held);
        else AddUnread(held);
    }

    private void Add(ConsoleLine line, DebugKeyLine parsed)
    {
        if (line.IsFromGuest) return;
        if (parsed.IsDomainState)
        {
            _states.Add(line, parsed.State, _lines.HasBegun ? _finished.Count + 1 : _finished.Count);
            return;
        }
        if (parsed.Kind == DebugKeyLineKind.Announcement) _states.EndDomain(line);
        if (parsed.Kind == DebugKeyLineKind.Other)
        {
            if (_first is null || !DebugKeyLine.LooksLikePort(line.Text)) return;
            AddUnread(line);
            return;
        }
        // A person who copies a dump often leaves out the first "(XEN)". So if only the first line lacks it, that line counts as from Xen.
        if (_first is { IsFromXen: false } begin && line.IsFromXen && !_hasFollowers)
            _first = begin with { IsFromXen = true, Prefix = line.Prefix };
        if (_first is { } first && (first.IsFromXen != line.IsFromXen || first.Prefix != line.Prefix))
        {
            // The line is from another source than the first line of the dump: either exactly one of the two lines has "(XEN)", or their
            // prefixes differ.
            var isAnotherDump = parsed.Kind == DebugKeyLineKind.Announcement && (line.IsFromXen || !first.IsFromXen);
            if (!isAnotherDump)
            {
                AddUnread(line);
                return;
            }
        }
        // If this line belongs to another dump, the first line of that dump is missing. So the last lines of the present dump can be
        // missing too, and it counts as cut off.
        if (_lines.BeginsAnotherDump(parsed)) Finish(isCutOff: true);
        if (parsed.Kind == DebugKeyLineKind.Announcement) Finish(isCutOff: false);
        if (parsed.Kind is DebugKeyLineKind.Announcement or DebugKeyLineKind.Heading && _first is null)
        {
            _first = line;
            _hasFollowers = false;
        }
        else _hasFollowers = true;
        if (parsed.IsBroken) CountUnread(line.Number);
        _lines.Read(parsed);
    }

    private void AddUnread(ConsoleLine line)
    {
        if (_first is null) return;
        CountUnread(line.Number);
        _lines.Read(new DebugKeyLine(DebugKeyLineKind.BrokenPort));
    }

    private void CountUnread(int number)
    {
        _unreadCount++;
        if (_unread.Count < MaximumUnreadLines) _unread.Add(number);
    }

    private void Lose()
    {
        Release();
        _normalizer.Skip();
        if (_first is not null) CountUnread(_normalizer.Number);
        _lines.Read(s_lost);
        _states.Lose(_normalizer.Number);
    }

    private void Finish(bool isCutOff)
    {
        _lines.End(isCutOff);
        if (_lines.HasBegun)
        {
            var time = _first?.XenTime ?? _first?.LoggerTime?.Time;
            var number = _finished.Count + 1;
            var dump = new ConsoleLog(new HypervisorChannels(time, _lines.Domains, _lines.HasAllDomains), number, number, _version)
            {
                LacksPrefix = IsBare,
                LacksTimeZone = _first is { XenTime: null, LoggerTime: { HasZone: false } },
                UnreadLines = [.. _unread],
                UnreadLineCount = _unreadCount,
            };
            _finished.Add(dump, _lines.IsComplete);
        }
        _lines = new DebugKeyLines();
        _first = null;
        _hasFollowers = false;
        _unread.Clear();
        _unreadCount = 0;
    }

    private XenException Damaged(long offset, string reason) =>
        new(XenErrorId.FileDamaged, $"'{_name}' is damaged at offset {offset}: {reason}", "open only the part with the last dump");

    [GeneratedRegex(@"^[0-9A-Za-z=\[\]/:?{},._>' -]{1,120}$")]
    private static partial Regex Fragment();
}
