namespace XenShared.Files.Images;

/// <summary>
/// Finds the guest in a suspend image of xenopsd, the toolstack of XenServer and XCP-ng (<c>lib/suspend_image.ml</c> of xenopsd): a
/// signature, and records with a type and a length of eight bytes each, little endian.
/// </summary>
internal static class XenopsdHeader
{
    private const ulong ToolstackRecord = 0x000f;
    private const ulong LibxcStream = 0x00f0;
    private const ulong LibxlStream = 0x00f1;

    // Normally one record of the toolstack precedes the guest. A file with this many records before the guest counts as damaged.
    private const int MaximumRecords = 16;

    /// <summary>Gets the first bytes of such a file.</summary>
    public static ReadOnlySpan<byte> Start => "XenSavedDomv2-\n"u8;

    /// <summary>Gets the first bytes of an image of XenServer 6.2 and older, which is not supported.</summary>
    public static ReadOnlySpan<byte> OldStart => "XenSavedDomain\n"u8;

    /// <summary>Returns the offset of the stream with the guest.</summary>
    public static long FindStream(FileBytes file)
    {
        long at = Start.Length;
        for (var records = 0; records < MaximumRecords; records++)
        {
            var (type, length) = (file.ReadUInt64(at, "xenopsd record"), file.ReadUInt64(at + 8, "xenopsd record"));
            at += 16;
            // A record of these two types contains the stream with the guest. Its length field is not used, because the program that writes
            // a stream does not know the length in advance.
            if (type is LibxcStream or LibxlStream) return at;
            if (type != ToolstackRecord)
                throw file.NotRecognised(
                    $"its xenopsd record of type 0x{type:x} is not supported",
                    "restore it and save it again on a later version");
            file.Check(at, length > long.MaxValue ? -1 : (long)length, "xenopsd record");
            at += (long)length;
        }
        throw file.Damaged(at, "it has no guest");
    }
}
