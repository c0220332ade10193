using System.Globalization;
using XenShared.Layout;

namespace XenShared.Files.Images;

/// <summary>
/// The page in which a PV guest was told at its start where things are (<c>struct start_info</c>). A guest that is being saved has its
/// number in a register of vCPU 0, where the toolstack looks for it too. It is the guest's memory, so it is believed no further than labels
/// and a frame's number go.
/// </summary>
/// <param name="SharedInfoFrame">The machine's frame of the shared page, where the guest was running; null when the page does not
/// tell.</param>
/// <param name="Nodes">The ports it names, by their xenstore path; null when there is no such page.</param>
internal readonly record struct SavedStartInfo(ulong? SharedInfoFrame, IReadOnlyDictionary<string, string>? Nodes)
{
    /// <summary>Bytes of a vCPU's context that are looked at; all contexts have more.</summary>
    public const int ContextBytes = 1024;

    // vcpu_guest_context: 512 bytes of the FPU and a word of flags come before the registers, of which rdx is the 13th, and edx the 3rd.
    private const int WideRegister = 520 + 12 * 8;
    private const int NarrowRegister = 516 + 2 * 4;

    private const uint MaximumPort = 1 << 17;

    /// <summary>Looks for it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="memory">The guest's memory in it.</param>
    /// <param name="context">Where the context of vCPU 0 is; null when there is none.</param>
    /// <param name="width">Bytes of the guest's words: 4 or 8.</param>
    public static SavedStartInfo Read(FileBytes file, PageIndex memory, long? context, int width)
    {
        if (context is not { } at) return default;
        var pfn = width == 8 ? file.ReadUInt64(at + WideRegister, "vCPU") : file.ReadUInt32(at + NarrowRegister, "vCPU");
        if (memory.OffsetOf(pfn) is not { } offset || !file.StandsAt(offset, "xen-3.0-x86_"u8)) return default;
        var isWide = width == 8;
        var address = isWide ? file.ReadUInt64(offset + 40, "start info") : file.ReadUInt32(offset + 36, "start info");
        var nodes = new Dictionary<string, string>();
        Add(nodes, "store/port", file.ReadUInt32(offset + (isWide ? 64 : 48), "start info"));
        Add(nodes, "console/port", file.ReadUInt32(offset + (isWide ? 80 : 56), "start info"));
        return new SavedStartInfo(
            address != 0 && address % SharedInfoLayout.PageSize == 0 ? address / SharedInfoLayout.PageSize : null,
            nodes);
    }

    private static void Add(Dictionary<string, string> nodes, string path, uint port)
    {
        if (port is > 0 and < MaximumPort) nodes[path] = port.ToString(CultureInfo.InvariantCulture);
    }
}
