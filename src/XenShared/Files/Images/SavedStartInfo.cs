using System.Globalization;
using XenShared.Layout;

namespace XenShared.Files.Images;

/// <summary>
/// Represents the start info page of a PV guest (<c>struct start_info</c>). In a saved guest, a register of vCPU 0 contains the frame
/// number of the page, by which the toolstack finds it too. The guest can write anything to the page, so it is used only for labels and a
/// frame number.
/// </summary>
/// <param name="SharedInfoFrame">The machine frame of the shared page on the source host; null if the page does not contain it.</param>
/// <param name="Nodes">The ports in the page, by xenstore path; null if there is no such page.</param>
internal readonly record struct SavedStartInfo(ulong? SharedInfoFrame, IReadOnlyDictionary<string, string>? Nodes)
{
    // The offsets, in vcpu_guest_context, of the register that contains the frame number of the start info page. 512 bytes of FPU state and
    // a word of flags come before the registers. In a 64-bit guest the register is rdx, the 13th; in a 32-bit guest it is edx, the 3rd.
    private const int WideRegister = 520 + 12 * 8;
    private const int NarrowRegister = 516 + 2 * 4;

    private const uint MaximumPort = 1 << 17;

    /// <summary>Finds and reads the start info page; the result is empty if there is none.</summary>
    /// <param name="file">The file.</param>
    /// <param name="memory">The index of the guest's memory in the file.</param>
    /// <param name="context">The offset of vCPU 0's context, whose length has been checked.</param>
    /// <param name="width">The size of the guest's words in bytes: 4 or 8.</param>
    public static SavedStartInfo Read(FileBytes file, PageIndex memory, long context, int width)
    {
        var pfn = width == 8 ? file.ReadUInt64(context + WideRegister, "vCPU") : file.ReadUInt32(context + NarrowRegister, "vCPU");
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
