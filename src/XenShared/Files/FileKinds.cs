using XenShared.Files.Images;
using XenShared.Layout;

namespace XenShared.Files;

/// <summary>Tells what a file is by its content. Its name says nothing.</summary>
public static class FileKinds
{
    /// <summary>Bytes of a file that are looked at. A page has just these; one more tells a longer file.</summary>
    public const int StartBytes = SharedInfoLayout.PageSize + 1;

    /// <summary>The supported file kinds, for the error message.</summary>
    public const string Known =
        "a capture, a core dump of 'xl dump-core', a saved guest of 'xl save', a page of exactly 4,096 bytes, or a text with Xen's "
            + "debug key 'e'";

    /// <summary>Tells a file.</summary>
    /// <param name="start">Its first <see cref="StartBytes"/>, or all that it has.</param>
    public static FileKind Detect(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("{\"xencap\":"u8))
            return FileKind.Capture;
        if (start.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]))
            return FileKind.Gzip;
        if (start.StartsWith("\x7f"u8) && start[1..].StartsWith("ELF"u8))
            return FileKind.Elf;
        if (
            start.StartsWith(SavedConfiguration.Start)
            || start.StartsWith(SaveStreamReader.LibxlStart)
            || start.StartsWith(SavedGuestRecords.Start))
            return FileKind.SavedGuest;
        // A page of a guest that was never filled is all zero, and a text has no zeroes.
        if (!start.IsEmpty && !start.Contains((byte)0))
            return start.Contains((byte)'\n') || start.Length < StartBytes ? FileKind.Text : FileKind.Unknown;
        return start.Length == SharedInfoLayout.PageSize ? FileKind.Page : FileKind.Unknown;
    }
}
