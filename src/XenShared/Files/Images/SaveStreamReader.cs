using System.Buffers.Binary;

namespace XenShared.Files.Images;

/// <summary>
/// Reads the output of <c>xl save</c> and migration streams of format 2 and 3 (<c>docs/specs/libxl-migration-stream.pandoc</c> and
/// <c>libxc-migration-stream.pandoc</c> of Xen): a header of xl, libvirt or xenopsd, records of libxl, and within these the records of
/// libxc with the guest. The records of libxl can be missing, as in files of xenopsd.
/// </summary>
public sealed class SaveStreamReader
{
    private const uint LibxlEnd = 0;
    private const uint LibxlContext = 1;
    private const uint LibxlVersion = 2;
    private const uint BigEndianOption = 1;
    private const int RecordHeader = 8;

    private readonly FileBytes _file;
    private readonly ImageLimits _limits;
    private readonly CancellationToken _cancellation;

    private SaveStreamReader(FileBytes file, ImageLimits limits, CancellationToken cancellation)
    {
        _file = file;
        _limits = limits;
        _cancellation = cancellation;
    }

    /// <summary>Gets the first bytes of a libxl stream.</summary>
    internal static ReadOnlySpan<byte> LibxlStart => "LibxlFmt"u8;

    /// <summary>Reads a saved guest. Its memory stays in the file, and only an index of its pages is created.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.FileNotRecognised"/>: an unsupported format.
    /// <see cref="XenErrorId.FileDamaged"/>: with offset and reason.</exception>
    public static GuestImage Read(FileBytes file, ImageLimits? limits = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new SaveStreamReader(file, limits ?? ImageLimits.Default, cancellation).Read();
    }

    private GuestImage Read()
    {
        var configuration = ReadHeader(out var at);
        SavedGuestRecords guest;
        if (_file.StandsAt(at, LibxlStart)) guest = ReadLibxl(at);
        else guest = SavedGuestRecords.Read(_file, at, _limits, _cancellation, out _);
        return guest.ToImage(configuration);
    }

    private SavedConfiguration ReadHeader(out long end)
    {
        if (_file.StandsAt(0, LibvirtHeader.Start)) return LibvirtHeader.Read(_file, _limits, out end);
        if (_file.StandsAt(0, XenopsdHeader.OldStart))
            throw _file.NotRecognised(
                "it was saved by XenServer 6.2 or older, in a format without records",
                "restore it and save it again on a later version");
        if (!_file.StandsAt(0, XenopsdHeader.Start)) return SavedConfiguration.Read(_file, _limits, out end);
        end = XenopsdHeader.FindStream(_file);
        return default;
    }

    private SavedGuestRecords ReadLibxl(long at)
    {
        Span<byte> header = stackalloc byte[16];
        _file.Read(at, header, "libxl header");
        var (version, options) = (BinaryPrimitives.ReadUInt32BigEndian(header[8..]), BinaryPrimitives.ReadUInt32BigEndian(header[12..]));
        if (version != LibxlVersion)
            throw _file.NotRecognised(
                $"its libxl stream has version {version}, but only version {LibxlVersion} is supported",
                "use a version of this program that supports it");
        if ((options & BigEndianOption) != 0)
            throw _file.NotRecognised("it is big endian", "open it where it was made");
        at += header.Length;
        SavedGuestRecords? guest = null;
        for (var records = 0; ; records++)
        {
            if (records >= _limits.MaximumRecords) throw _file.Damaged(at, $"it has more than {_limits.MaximumRecords} records");
            _cancellation.ThrowIfCancellationRequested();
            var (type, length) = (_file.ReadUInt32(at, "libxl record"), _file.ReadUInt32(at + 4, "libxl record"));
            at += RecordHeader;
            if (type == LibxlEnd) return guest ?? throw _file.Damaged(at - RecordHeader, "it ends without a guest");
            _file.Check(at, SavedGuestRecords.Padded(length), "libxl record");
            at += SavedGuestRecords.Padded(length);
            if (type != LibxlContext) continue;
            if (guest is not null) throw _file.Damaged(at - RecordHeader, "a second guest is in it");
            guest = SavedGuestRecords.Read(_file, at, _limits, _cancellation, out at);
            // After a checkpoint, the guest continues to run, and the stream contains only what has changed since. These changes are not
            // read. So the result is the guest at the first checkpoint.
            if (guest.IsCheckpoint) return guest;
        }
    }
}
