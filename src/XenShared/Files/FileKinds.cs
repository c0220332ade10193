using System.Text;
using XenShared.Files.Images;
using XenShared.Layout;

namespace XenShared.Files;

/// <summary>Detects the kind of a file by its content. The file name does not matter.</summary>
public static class FileKinds
{
    /// <summary>The number of bytes to read for detection: the size of a page, and one byte to detect a longer file.</summary>
    public const int StartBytes = SharedInfoLayout.PageSize + 1;

    /// <summary>The supported file kinds, for the error message.</summary>
    public const string Known =
        "a capture, a core dump of 'xl dump-core', a saved guest of xl, libvirt or xenopsd, a page of exactly 4,096 bytes, or a text with "
            + "Xen's debug key 'e' or 'q', or with the output of lsevtchn, xl list, xl vcpu-list or xenstore-ls";

    /// <summary>Detects the kind of a file.</summary>
    /// <param name="start">The first <see cref="StartBytes"/> of the file, or all of a shorter one.</param>
    public static FileKind Detect(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("{\"xencap\":"u8))
            return FileKind.Capture;
        if (start.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]))
            return FileKind.Gzip;
        if (start.StartsWith("\x7f"u8) && start[1..].StartsWith("ELF"u8))
            return FileKind.Elf;
        if (start.StartsWith(SavedConfiguration.Start)
            || start.StartsWith(LibvirtHeader.Start)
            || start.StartsWith(XenopsdHeader.Start)
            || start.StartsWith(XenopsdHeader.OldStart)
            || start.StartsWith(SaveStreamReader.LibxlStart)
            || start.StartsWith(SavedGuestRecords.Start))
            return FileKind.SavedGuest;
        if (Utf16Of(start) is not null)
            return FileKind.Text;
        // A shared page always contains zero bytes, so a file without a zero byte is not a shared page. It is a text or unknown.
        if (!start.IsEmpty && !start.Contains((byte)0))
            return start.ContainsAny("\r\n"u8) || start.Length < StartBytes ? FileKind.Text : FileKind.Unknown;
        if (IsTextWithZeros(start))
            return FileKind.Text;
        return start.Length == SharedInfoLayout.PageSize ? FileKind.Page : FileKind.Unknown;
    }

    /// <summary>Returns the command that decompresses a file; null if its compression is not known, or it has none.</summary>
    /// <param name="start">As for <see cref="Detect"/>.</param>
    internal static string? DecompressorOf(ReadOnlySpan<byte> start) =>
        start.StartsWith((ReadOnlySpan<byte>)[0x28, 0xb5, 0x2f, 0xfd]) ? "zstd"
        : start.StartsWith((ReadOnlySpan<byte>)[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]) ? "xz"
        : start.StartsWith((ReadOnlySpan<byte>)[0x04, 0x22, 0x4d, 0x18]) ? "lz4"
        : start.StartsWith("BZh"u8) ? "bzip2"
        : start.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'L', (byte)'Z', (byte)'O']) ? "lzop"
        : null;

    /// <summary>Returns the encoding of a text in UTF-16, such as Windows PowerShell writes; null for any other file.</summary>
    /// <param name="start">As for <see cref="Detect"/>.</param>
    internal static Encoding? Utf16Of(ReadOnlySpan<byte> start) =>
        start.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]) && IsAscii(start, 2) ? Encoding.Unicode
        : start.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]) && IsAscii(start, 3) ? Encoding.BigEndianUnicode
        : IsAscii(start, 0) ? Encoding.Unicode
        : IsAscii(start, 1) ? Encoding.BigEndianUnicode
        : null;

    // Determines whether the bytes are text in UTF-16. Most characters of a log are ASCII, and one of the two bytes of such a character is
    // zero. The parameter first is the index of the other byte. It is 2 or 3 after a byte order mark: then 60 % of the characters must be
    // ASCII. Without this mark, 90 % must be.
    private static bool IsAscii(ReadOnlySpan<byte> start, int first)
    {
        const int Fewest = 16;
        var (units, ascii) = (0, 0);
        for (var index = first; index < start.Length && (index | 1) < start.Length; index += 2)
        {
            units++;
            if (start[index ^ 1] == 0 && IsTextByte(start[index])) ascii++;
        }
        var hasMark = first >= 2;
        return units >= Fewest && ascii * 10L >= units * (hasMark ? 6L : 9L);
    }

    // Determines whether the bytes other than zero are a text. Serial loggers and interrupted writes leave zero bytes in a log.
    private static bool IsTextWithZeros(ReadOnlySpan<byte> start)
    {
        const int Fewest = 64;
        var (text, other) = (0, 0);
        foreach (var value in start)
        {
            if (value == 0) continue;
            if (IsTextByte(value)) text++;
            else other++;
        }
        return text >= Fewest && text >= other * 9L && start.ContainsAny("\r\n"u8);
    }

    private static bool IsTextByte(byte value) => value is (byte)'\t' or (byte)'\n' or (byte)'\r' or 0x1b or (>= 32 and <= 126);
}
