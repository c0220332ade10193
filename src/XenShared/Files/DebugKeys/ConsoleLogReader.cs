using System.Text;
using XenShared.Hypervisor;

namespace XenShared.Files.DebugKeys;

/// <summary>
/// Reads texts with the lines of Xen's console, such as <c>xl dmesg</c> prints or a serial console's log. One line is kept at a time, and
/// two dumps. Lines that are longer than any of Xen's, and bytes that are no text, are lines that did not come through.
/// </summary>
public sealed class ConsoleLogReader
{
    /// <summary>Bytes of a line; Xen's longest have about 200.</summary>
    public const int MaximumLineBytes = 4096;

    /// <summary>
    /// Bytes of the text, after decompression. The largest dump that is read has 80 MiB; a serial line at 115,200 baud that is never silent
    /// takes half a day for as much.
    /// </summary>
    public const long MaximumBytes = 512L << 20;

    /// <summary>Ports of a dump: eight domains with as many as FIFO has.</summary>
    public const int MaximumPorts = 1 << 20;

    // As a heading that did not come through: nobody knows what was lost.
    private const string LostLine = "(XEN) Event channel information for domain ";

    private readonly string _name;
    private DebugKeyLines _lines = new();
    private ConsoleLog? _best;
    private XenVersion? _version;
    private DateTimeOffset? _takenAt;
    private int _dumps;
    private bool _isBestWhole;

    private ConsoleLogReader(string name) => _name = name;

    /// <summary>Reads a text, which need not be able to seek.</summary>
    /// <returns>Null when no dump of event channels is in it.</returns>
    /// <exception cref="XenException"><see cref="XenErrorId.FileDamaged"/>: it is beyond the limits.</exception>
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
            // Nothing of Xen's is as long; what is left of it is no line either.
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
        // No other line counts, so it costs neither a string nor a match.
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
        // Whatever stands after the last line's end was no line of a dump unless Xen wrote it.
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
        new(XenErrorId.FileDamaged, $"'{_name}' is damaged at offset {offset}: {reason}; cut out the part that matters.")
        {
            Hint = "Cut out the part of the log that matters.",
        };
}
