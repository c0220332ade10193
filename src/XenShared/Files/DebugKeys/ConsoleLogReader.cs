using System.Text;
using XenShared.Hypervisor;

namespace XenShared.Files.DebugKeys;

/// <summary>
/// Reads the output of Xen's console from a text, such as the output of <c>xl dmesg</c> or a log of the serial console. It keeps one line
/// and two dumps in memory. Lines that are too long for Xen, and bytes that are not text, count as damaged lines.
/// </summary>
public sealed class ConsoleLogReader
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

    // Treated like a damaged heading, because it is not known what was lost.
    private const string LostLine = "(XEN) Event channel information for domain ";

    private readonly string _name;
    private DebugKeyLines _lines = new();
    private ConsoleLog? _best;
    private XenVersion? _version;
    private DateTimeOffset? _takenAt;
    private int _dumps;
    private bool _isBestWhole;

    private ConsoleLogReader(string name) => _name = name;

    /// <summary>Reads a text from a stream.</summary>
    /// <returns>Null if the text contains no dump of event channels.</returns>
    /// <exception cref="XenException"><see cref="XenErrorId.FileDamaged"/>: a limit is exceeded.</exception>
    public static ConsoleLog? Read(Stream text, string name, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new ConsoleLogReader(name).Read(text, cancellation);
    }

    private ConsoleLog? Read(Stream text, CancellationToken cancellation)
    {
        var buffer = new byte[MaximumLineBytes * 16];
        var (start, held, offset, isSkipping) = (0, 0, 0L, false);
        while (true)
        {
            if (!isSkipping && buffer.AsSpan(start, held).IndexOfAnyExcept((byte)'\n') is var blank and not 0)
            {
                if (blank < 0) blank = held;
                (start, held, offset) = (start + blank, held - blank, offset + blank);
            }
            if (buffer.AsSpan(start, held).IndexOf((byte)'\n') is var end and >= 0)
            {
                if (isSkipping || end > MaximumLineBytes) _lines.Read(LostLine);
                else Take(buffer.AsSpan(start, end), offset);
                isSkipping = false;
                (start, held, offset) = (start + end + 1, held - end - 1, offset + end + 1);
                continue;
            }
            cancellation.ThrowIfCancellationRequested();
            // Xen's lines are shorter. The rest of this line is skipped too.
            if (held > MaximumLineBytes) (isSkipping, offset, held) = (true, offset + held, 0);
            buffer.AsSpan(start, held).CopyTo(buffer);
            start = 0;
            var read = text.Read(buffer, held, buffer.Length - held);
            if (read == 0) break;
            held += read;
            if (offset + held > MaximumBytes) throw Damaged(offset, $"it is longer than {MaximumBytes} bytes");
        }
        Finish(isSkipping ? LostLine : Encoding.Latin1.GetString(buffer.AsSpan(0, held)));
        return _best;
    }

    private void Take(ReadOnlySpan<byte> bytes, long offset)
    {
        // Other lines are ignored without creating a string.
        if (bytes.IndexOf("(XEN) "u8) < 0) return;
        var line = DebugKeyLine.WithoutLogger(Encoding.Latin1.GetString(bytes.TrimEnd((byte)'\r')));
        if (DebugKeyLine.IsAnnouncement(line))
        {
            Finish("");
            _takenAt = DebugKeyLine.TimeOf(line);
        }
        _version = DebugKeyLine.VersionOf(line) ?? _version;
        _lines.Read(line);
        if (_lines.PortCount > MaximumPorts) throw Damaged(offset, $"a dump in it has more than {MaximumPorts} ports");
    }

    private void Finish(string rest)
    {
        // Text after the last line end counts only if Xen wrote it.
        _lines.End(DebugKeyLine.IsOfXen(DebugKeyLine.WithoutLogger(rest)) ? rest : "");
        if (_lines.HasBegun)
        {
            _dumps++;
            if (_lines.Domains.Count > 0 && (_lines.IsComplete || !_isBestWhole))
            {
                _best = new ConsoleLog(new HypervisorChannels(_takenAt, _lines.Domains, _lines.HasAllDomains), _dumps, _dumps, _version);
                _isBestWhole = _lines.IsComplete;
            }
            else if (_best is not null) _best = _best with { Dumps = _dumps };
        }
        _lines = new DebugKeyLines();
        _takenAt = null;
    }

    private XenException Damaged(long offset, string reason) =>
        new(XenErrorId.FileDamaged, $"'{_name}' is damaged at offset {offset}: {reason}", "cut out the part that matters");
}
