using System.Text;
using XenShared.Hypervisor;

namespace XenShared.Files.Images;

/// <summary>Represents the notes of a core dump (<c>.note.Xen</c>, <c>tools/libs/guest/xg_core.h</c>).</summary>
internal sealed class CoreNotes
{
    private const uint HeaderType = 0x0200_0001;
    private const uint VersionType = 0x0200_0002;
    private const uint FormatType = 0x0200_0003;

    private const ulong PvMagic = 0xf00f_ebed;
    private const ulong HvmMagic = 0xf00f_ebee;

    private const int NoteHeader = 12;
    private const int HeaderBytes = 32;
    private const int VersionBytes = 1280;
    private const int ExtraOffset = 16;
    private const int ExtraBytes = 16;
    private const int PageSizeOffset = 1272;

    /// <summary>Gets a value indicating whether the guest is PV. The dump does not distinguish PVH from HVM.</summary>
    public bool IsPv { get; private set; }

    /// <summary>Gets the number of vCPUs with registers in the dump.</summary>
    public int VcpuCount { get; private set; }

    /// <summary>Gets the number of the guest's pages.</summary>
    public ulong PageCount { get; private set; }

    /// <summary>Gets the version of the hypervisor; null if the dump does not contain it.</summary>
    public XenVersion? Version { get; private set; }

    /// <summary>Gets the width of a PV guest in bits, 32 or 64; null if the dump does not contain it, and for other guests.</summary>
    public int? PvWidth { get; private set; }

    /// <summary>Reads the notes.</summary>
    public static CoreNotes Read(FileBytes file, CoreSection section, ImageLimits limits)
    {
        if (section.Size > limits.MaximumTableBytes)
            throw file.Damaged(section.Header, $"its notes have {section.Size} bytes, more than {limits.MaximumTableBytes}");
        var notes = new CoreNotes();
        var hasHeader = false;
        for (long at = 0; at <= section.Size - NoteHeader;)
        {
            var offset = section.Offset + at;
            var nameBytes = Padded(file.ReadUInt32(offset, "note"));
            var bytes = file.ReadUInt32(offset + 4, "note");
            var type = file.ReadUInt32(offset + 8, "note");
            if (nameBytes > section.Size - at - NoteHeader || Padded(bytes) > section.Size - at - NoteHeader - nameBytes)
                throw file.Damaged(offset, "a note is longer than its section");
            var content = offset + NoteHeader + nameBytes;
            switch (type)
            {
                case HeaderType when bytes >= HeaderBytes:
                    notes.ReadHeader(file, content, limits);
                    hasHeader = true;
                    break;
                case VersionType when bytes >= VersionBytes: notes.ReadVersion(file, content); break;
                case FormatType when bytes >= sizeof(ulong) && file.ReadUInt64(content, "note") >> 32 != 0:
                    throw file.NotRecognised("it is a core dump of a later format", "use a newer version of this program");
                default: break;
            }
            at += NoteHeader + nameBytes + Padded(bytes);
        }
        return hasHeader ? notes : throw file.Damaged(section.Offset, "the note with the number of pages and vCPUs is missing");
    }

    private static long Padded(uint bytes) => (bytes + 3L) & ~3L;

    private void ReadHeader(FileBytes file, long at, ImageLimits limits)
    {
        var magic = file.ReadUInt64(at, "note");
        if (magic is not (PvMagic or HvmMagic)) throw file.Damaged(at, $"0x{magic:x} is not a known kind of guest");
        IsPv = magic == PvMagic;
        var vcpus = file.ReadUInt64(at + 8, "note");
        if (vcpus > (ulong)limits.MaximumVcpus) throw file.Damaged(at + 8, $"it has {vcpus} vCPUs, more than {limits.MaximumVcpus}");
        VcpuCount = (int)vcpus;
        PageCount = file.ReadUInt64(at + 16, "note");
        // The pages are in the file, so their number cannot be larger than the number of pages that fit into the file. With this check,
        // later calculations with the number cannot overflow.
        if (PageCount > (ulong)file.Length / Layout.SharedInfoLayout.PageSize)
            throw file.Damaged(at + 16, $"it has {PageCount} pages, more than the file can hold");
        if (file.ReadUInt64(at + 24, "note") is var size && size != Layout.SharedInfoLayout.PageSize)
            throw file.Damaged(at + 24, $"its pages have {size} bytes");
    }

    private void ReadVersion(FileBytes file, long at)
    {
        var (major, minor) = (file.ReadUInt64(at, "note"), file.ReadUInt64(at + 8, "note"));
        if (major > ushort.MaxValue || minor > ushort.MaxValue) throw file.Damaged(at, "the version of its hypervisor is not valid");
        Span<byte> extra = stackalloc byte[ExtraBytes];
        file.Read(at + ExtraOffset, extra, "note");
        var end = extra.IndexOf((byte)0);
        Version = new XenVersion((int)major, (int)minor, Encoding.ASCII.GetString(end < 0 ? extra : extra[..end]));
        // The structure in this note ends with the page size. For a 32-bit PV guest, libxc moves this field to an offset that is 4 lower,
        // where a 32-bit compiler would place it. So its offset shows the width of the guest.
        if (IsPv && file.ReadUInt64(at + PageSizeOffset, "note") == Layout.SharedInfoLayout.PageSize) PvWidth = 64;
        else if (IsPv && file.ReadUInt64(at + PageSizeOffset - 4, "note") == Layout.SharedInfoLayout.PageSize) PvWidth = 32;
    }
}
