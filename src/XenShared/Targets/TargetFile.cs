using System.Text;
using XenShared.Files;
using XenShared.Files.DebugKeys;
using XenShared.Files.Images;
using XenShared.Layout;

namespace XenShared.Targets;

/// <summary>Opens files, whose kind is detected by content (<c>docs/file-formats.md</c>).</summary>
public static class TargetFile
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Opens a file.</summary>
    /// <param name="path">The path. A pipe is possible for kinds that are read sequentially.</param>
    /// <param name="cancellation">Cancels reading.</param>
    /// <param name="dump">The number of the dump to show of a console log, counted from 1; null for the last complete one.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.FileNotRecognised"/> or <see cref="XenErrorId.FileDamaged"/>.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static IXenDataSource Open(string path, int? dump = null, CancellationToken cancellation = default)
    {
        return Take(InputFile.Open(path, cancellation), Path.GetFileName(path), dump, cancellation);
    }

    /// <summary>Reads standard input.</summary>
    /// <param name="cancellation">Cancels reading.</param>
    /// <param name="dump">As for <see cref="Open"/>.</param>
    /// <exception cref="XenException">As <see cref="Open"/>.</exception>
    public static IXenDataSource OpenStandardInput(int? dump = null, CancellationToken cancellation = default) =>
        Take(StandardInput.Open(cancellation), "standard input", dump, cancellation);

    private static IXenDataSource Take(Stream file, string name, int? dump, CancellationToken cancellation)
    {
        IXenDataSource? target = null;
        try
        {
            target = Read(file, name, dump, cancellation);
            return target;
        }
        finally
        {
            // A target with guest memory keeps the file open, and reads the memory from it later. All other targets have read the whole
            // file.
            if (target?.Memory is null) file.Dispose();
        }
    }

    /// <summary>
    /// Reads a stream from its beginning. A target with guest memory takes ownership of the stream; otherwise it stays open.
    /// </summary>
    /// <exception cref="XenException">As <see cref="Open"/>.</exception>
    public static IXenDataSource Read(
        Stream stream,
        string displayName,
        int? dump = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        cancellation.ThrowIfCancellationRequested();
        var start = Start(stream, displayName);
        var kind = FileKinds.Detect(start.Span);
        if (kind != FileKind.Gzip) return Read(kind, stream, start, displayName, dump, cancellation);
        using var whole = new PrefixedStream(start, stream, cancellation);
        using var unpacked = new CheckedGzipStream(whole);
        var unpackedStart = Start(unpacked, displayName);
        return Read(FileKinds.Detect(unpackedStart.Span), unpacked, unpackedStart, displayName, dump, cancellation);
    }

    private static IXenDataSource Read(
        FileKind kind,
        Stream stream,
        ReadOnlyMemory<byte> start,
        string name,
        int? dump,
        CancellationToken cancellation)
    {
        if (dump is not null && kind is not (FileKind.Text or FileKind.Unknown))
            throw new XenException(
                XenErrorId.FileNotRecognised,
                $"'{name}' is not a console log, so it has no dump {dump}",
                "omit the number of the dump");
        switch (kind)
        {
            case FileKind.Capture:
                return ReadCapture(stream, start, name, cancellation);
            case FileKind.Elf:
                return ReadImage(stream, name, TargetKind.CoreDump, file => CoreDumpReader.Read(file, cancellation: cancellation));
            case FileKind.SavedGuest:
                return ReadImage(stream, name, TargetKind.SavedGuest, file => SaveStreamReader.Read(file, cancellation: cancellation));
            case FileKind.Page:
                return GuestImageTarget.FromPage(start[..SharedInfoLayout.PageSize], name);
            case FileKind.Text when ReadLog(stream, start, name, dump, cancellation) is { } log:
                return new ConsoleLogTarget(log, name);
            default:
                if (FileKinds.DecompressorOf(start.Span) is { } tool)
                    throw new XenException(
                        XenErrorId.FileNotRecognised,
                        $"'{name}' is compressed with {tool}, which is not supported",
                        $"decompress it first with {tool} -d");
                if (kind == FileKind.Text && OtherText.DescribeUnread(start.Span, out var advice) is { } unread)
                    throw new XenException(XenErrorId.FileNotRecognised, $"'{name}' has {unread}", advice);
                if (kind == FileKind.Text && OtherText.Describe(start.Span) is { } other)
                    throw new XenException(
                        XenErrorId.FileNotRecognised,
                        $"'{name}' is {other}, which this program does not read",
                        "run 'xl debug-keys e', and open the output of 'xl dmesg'");
                throw NotRecognised(
                    name,
                    kind == FileKind.Text
                        ? "it is a text without a dump of debug key 'e' or 'q', and without the output of a tool that is read"
                        : "its first bytes do not match any of them");
        }
    }

    private static GuestMemoryTarget ReadImage(Stream stream, string name, TargetKind kind, Func<FileBytes, GuestImage> read)
    {
        var what = kind == TargetKind.CoreDump ? "a core dump" : "a saved guest";
        if (stream is CheckedGzipStream) throw NotSeekable(name, $"{what} within gzip", "unpack it first (gunzip), and open the result");
        if (!stream.CanSeek) throw NotSeekable(name, $"{what} from a pipe", "write it to a file first, and open the file");
        var file = new FileBytes(stream, name);
        return new GuestMemoryTarget(file, read(file), kind);
    }

    private static CaptureTarget ReadCapture(Stream stream, ReadOnlyMemory<byte> start, string name, CancellationToken cancellation)
    {
        using var whole = new PrefixedStream(start, stream, cancellation);
        return CaptureTarget.Read(whole, name, cancellation);
    }

    private static ConsoleLog? ReadLog(
        Stream stream,
        ReadOnlyMemory<byte> start,
        string name,
        int? dump,
        CancellationToken cancellation)
    {
        var encoding = FileKinds.Utf16Of(start.Span);
        // Skips the byte order mark, which would otherwise be read as a part of the first line.
        if (encoding is not null && start.Span[0] >= 0xfe) start = start[2..];
        using var whole = new PrefixedStream(start, stream, cancellation);
        using var text = encoding is not null
            ? Encoding.CreateTranscodingStream(whole, encoding, s_utf8, leaveOpen: true)
            : whole;
        try
        {
            var log = ConsoleLogReader.Read(text, name, dump, cancellation);
            return stream is CheckedGzipStream { IsCutOff: true } && log is not null ? log with { IsCompressedPart = true } : log;
        }
        catch (InvalidDataException error)
        {
            throw BadGzip(name, error);
        }
    }

    private static ReadOnlyMemory<byte> Start(Stream stream, string name)
    {
        var start = new byte[FileKinds.StartBytes];
        try
        {
            return start.AsMemory(0, stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false));
        }
        catch (InvalidDataException error)
        {
            throw BadGzip(name, error);
        }
    }

    private static XenException BadGzip(string name, InvalidDataException error) =>
        new(XenErrorId.FileDamaged, $"'{name}' is damaged: its gzip data cannot be unpacked", "create it or copy it again", error);

    private static XenException NotSeekable(string name, string what, string advice) =>
        new(XenErrorId.FileNotRecognised, $"'{name}' is {what}, whose memory needs random access", advice);

    private static XenException NotRecognised(string name, string reason) =>
        new(XenErrorId.FileNotRecognised, $"'{name}' is not {FileKinds.Known}: {reason}", "open a file of one of these kinds");
}
