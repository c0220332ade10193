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
        "a capture, a core dump of 'xl dump-core', a saved guest of 'xl save', a page of exactly 4,096 bytes, or a text with Xen's "
            + "debug key 'e'";

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
            || start.StartsWith(SaveStreamReader.LibxlStart)
            || start.StartsWith(SavedGuestRecords.Start))
            return FileKind.SavedGuest;
        // A page that a guest never wrote is all zero; a text has no zero bytes.
        if (!start.IsEmpty && !start.Contains((byte)0))
            return start.Contains((byte)'\n') || start.Length < StartBytes ? FileKind.Text : FileKind.Unknown;
        return start.Length == SharedInfoLayout.PageSize ? FileKind.Page : FileKind.Unknown;
    }
}
