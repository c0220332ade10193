using System.Buffers.Binary;
using System.Text;
using XenShared.Layout;

namespace XenShared.Fuzz.Samples;

/// <summary>
/// Writes core dumps as <c>xl dump-core</c> lays them out (<c>tools/libs/guest/xg_core.c</c> of Xen), without sharing code with the reader.
/// </summary>
public sealed class CoreDumpWriter
{
    /// <summary>The instruction pointer of each vCPU.</summary>
    public const uint Rip = 0x8123_4567;

    /// <summary>The event callback of each vCPU of a PV guest.</summary>
    public const uint EventCallback = 0x8100_1000;

    private const int RegisterBytes = 5168;

    private readonly List<(string Name, uint Type, byte[] Content)> _sections = [];

    /// <summary>Gets or sets a value indicating whether it is a PV guest.</summary>
    public bool IsPv { get; set; } = true;

    /// <summary>Gets or sets the width of a PV guest.</summary>
    public int Width { get; set; } = 64;

    /// <summary>Gets or sets the number of vCPUs with registers in the dump.</summary>
    public int VcpuCount { get; set; } = 1;

    /// <summary>Gets the vCPUs that are offline.</summary>
    public ISet<int> OfflineVcpus { get; } = new HashSet<int>();

    /// <summary>Gets or sets the number of bytes to leave out at the end of the registers.</summary>
    public int RegisterBytesLeftOut { get; set; }

    /// <summary>Gets or sets the shared page; null for none.</summary>
    public byte[]? SharedInfo { get; set; }

    /// <summary>Gets or sets the machine in the ELF header.</summary>
    public ushort Machine { get; set; } = 62;

    /// <summary>Gets the pages, each with its guest frame number and its machine frame number.</summary>
    public IList<(ulong Pfn, ulong Mfn, byte[] Page)> Pages { get; } = [];

    /// <summary>Gets or sets the number of entries at the end without a page.</summary>
    public int InvalidEntries { get; set; }

    /// <summary>Gets the names of the sections to leave out.</summary>
    public ISet<string> LeftOut { get; } = new HashSet<string>();

    /// <summary>Creates the dump of a guest. The machine frames of a PV guest are not consecutive.</summary>
    public static CoreDumpWriter Create(GuestSample guest, bool isPv = true)
    {
        ArgumentNullException.ThrowIfNull(guest);
        var writer = new CoreDumpWriter { IsPv = isPv, VcpuCount = guest.VcpuCount, SharedInfo = guest.SharedInfo };
        foreach (var (pfn, page) in guest.Pages) writer.Pages.Add((pfn, isPv ? MfnOf(pfn) : pfn, page));
        return writer;
    }

    /// <summary>Returns the machine frame number of a page of a guest that <see cref="Create"/> dumps.</summary>
    public static ulong MfnOf(ulong pfn) => 0x8_0000 + (pfn * 37 & 0xff);

    /// <summary>Returns the file.</summary>
    public byte[] ToBytes()
    {
        _sections.Clear();
        Add(".note.Xen", 7, Notes());
        Add(".xen_prstatus", 1, Registers());
        if (SharedInfo is { } page) Add(".xen_shared_info", 1, page);
        Add(".xen_pages", 1, [.. Pages.SelectMany(frame => frame.Page), .. new byte[InvalidEntries * SharedInfoLayout.PageSize]]);
        Add(IsPv ? ".xen_p2m" : ".xen_pfn", 1, Table());
        return Join();
    }

    private void Add(string name, uint type, byte[] content)
    {
        if (!LeftOut.Contains(name)) _sections.Add((name, type, content));
    }

    private byte[] Registers()
    {
        var all = new byte[RegisterBytes * VcpuCount];
        for (var vcpu = 0; vcpu < VcpuCount; vcpu++)
        {
            var context = all.AsSpan(vcpu * RegisterBytes, RegisterBytes);
            var isNarrow = IsPv && Width == 32;
            context[512] = (byte)(OfflineVcpus.Contains(vcpu) ? 0 : 1 << 5);
            BinaryPrimitives.WriteUInt32LittleEndian(context[(isNarrow ? 548 : 648)..], Rip);
            BinaryPrimitives.WriteUInt32LittleEndian(context[(isNarrow ? 556 : 664)..], 0x202);
            if (IsPv) BinaryPrimitives.WriteUInt32LittleEndian(context[(isNarrow ? 2784 : 5112)..], EventCallback);
        }
        return all[..^RegisterBytesLeftOut];
    }

    private byte[] Notes()
    {
        using var notes = new MemoryStream();
        Note(notes, 0x0200_0000, []);
        Note(
            notes,
            0x0200_0001,
            Words(IsPv ? 0xf00f_ebed : 0xf00f_ebee, (ulong)VcpuCount, (ulong)(Pages.Count + InvalidEntries), SharedInfoLayout.PageSize));
        var version = new byte[1280];
        Words(4, 17).CopyTo(version, 0);
        ".7"u8.CopyTo(version.AsSpan(16));
        Words(SharedInfoLayout.PageSize).CopyTo(version, IsPv && Width == 32 ? 1268 : 1272);
        Note(notes, 0x0200_0002, version);
        Note(notes, 0x0200_0003, Words(1));
        return notes.ToArray();
    }

    private static void Note(MemoryStream notes, uint type, byte[] content)
    {
        Span<byte> header = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 4);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], type);
        "Xen\0"u8.CopyTo(header[12..]);
        notes.Write(header);
        notes.Write(content);
    }

    private byte[] Table()
    {
        var entries = Pages
            .SelectMany(page => IsPv ? new[] { page.Pfn, page.Mfn } : [page.Pfn])
            .Concat(Enumerable.Repeat(ulong.MaxValue, InvalidEntries * (IsPv ? 2 : 1)));
        return Words([.. entries]);
    }

    // The ELF header, all section headers (an empty one and that of the names first), the sections, the memory at a page's boundary, and
    // the names at the end.
    private byte[] Join()
    {
        var names = new StringBuilder("\0.shstrtab\0");
        var headers = new List<(uint Name, uint Type, ulong Offset, ulong Size)> { (0, 0, 0, 0), (1, 3, 0, 0) };
        var offset = 64ul + 64ul * (ulong)(_sections.Count + 2);
        foreach (var (name, type, content) in _sections)
        {
            if (name == ".xen_pages") offset = (offset + 4095) & ~4095ul;
            headers.Add(((uint)names.Length, type, offset, (ulong)content.Length));
            names.Append(name).Append('\0');
            offset += (ulong)content.Length;
        }
        headers[1] = (1, 3, offset, (ulong)names.Length);
        var file = new byte[offset + (ulong)names.Length];
        WriteElfHeader(file, headers.Count);
        for (var index = 0; index < headers.Count; index++)
        {
            var (name, type, start, size) = headers[index];
            var header = file.AsSpan(64 + 64 * index, 64);
            BinaryPrimitives.WriteUInt32LittleEndian(header, name);
            BinaryPrimitives.WriteUInt32LittleEndian(header[4..], type);
            BinaryPrimitives.WriteUInt64LittleEndian(header[24..], start);
            BinaryPrimitives.WriteUInt64LittleEndian(header[32..], size);
            if (index >= 2) _sections[index - 2].Content.CopyTo(file, (long)start);
        }
        Encoding.ASCII.GetBytes(names.ToString()).CopyTo(file, (long)offset);
        return file;
    }

    private void WriteElfHeader(byte[] file, int sections)
    {
        new byte[] { 0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0, 1 }.CopyTo(file, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(16), 4);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(18), Machine);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(20), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(40), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(52), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(54), 56);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(58), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(60), (ushort)sections);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(62), 1);
    }

    private static byte[] Words(params ulong[] words)
    {
        var bytes = new byte[words.Length * sizeof(ulong)];
        for (var at = 0; at < words.Length; at++) BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at * sizeof(ulong)), words[at]);
        return bytes;
    }
}
