using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace XenShared.Tests.Support;

/// <summary>
/// Represents the files of an invented Linux kernel below a folder: <c>proc/kallsyms</c>, <c>proc/kcore</c> and the boot id. Tests change
/// them, and then write them.
/// </summary>
internal sealed class FakeKernel
{
    /// <summary>Gets the address of its variables.</summary>
    public const ulong Data = 0xffff_ffff_8240_0000;

    /// <summary>Gets the address of its pages: the event array first, then an area for each CPU.</summary>
    public const ulong DirectMap = 0xffff_8880_0000_0000;

    public const ulong FirstArea = DirectMap + 0x10_0000;
    public const ulong AreaDistance = 0x4_0000;

    private const int PageBytes = 4096;
    private const int DataBytes = 0x1_0000;
    private const int ArrayPages = 4;
    private const int HeadersAt = 64;

    private readonly byte[] _data = new byte[DataBytes];
    private readonly byte[] _pages;

    public FakeKernel(int cpus = 1, int arrayPages = 1)
    {
        _pages = new byte[FirstArea - DirectMap + (ulong)cpus * AreaDistance];
        string[] variables =
        [
            "evtchn_ops_2l", "evtchn_ops_fifo", "evtchn_ops", "event_array_pages", "event_array", "__per_cpu_offset",
        ];
        foreach (var (at, name) in variables.Index()) Symbols[name] = Data + 0x100 + (ulong)at * 0x800;
        // Offsets in the area of a CPU.
        (Symbols["xen_vcpu_id"], Symbols["xen_vcpu"], Symbols["xen_vcpu_info"]) = (0x1e0d8, 0x1e0e0, 0x313c0);
        Segments.Add((Data, DataBytes, null));
        Segments.Add((DirectMap, (ulong)_pages.Length, null));
        Set("evtchn_ops", Symbols["evtchn_ops_fifo"]);
        Set("event_array_pages", (ulong)arrayPages);
        for (var page = 0; page < ArrayPages; page++)
        {
            Set("event_array", page < arrayPages ? DirectMap + (ulong)page * PageBytes : 0, page);
            for (var port = 0; port < 1024; port++) SetWord((uint)(page * 1024 + port), 0x4000_0000);
        }
        for (var cpu = 0; cpu < cpus; cpu++)
        {
            var area = FirstArea + (ulong)cpu * AreaDistance;
            Set("__per_cpu_offset", area, cpu);
            Write64(area + Symbols["xen_vcpu"], area + Symbols["xen_vcpu_info"]);
            Write64(area + Symbols["xen_vcpu_id"], (ulong)cpu);
        }
    }

    /// <summary>Gets the addresses in kallsyms by name.</summary>
    public Dictionary<string, ulong> Symbols { get; } = [];

    /// <summary>Gets further lines of kallsyms.</summary>
    public List<string> Lines { get; } = ["ffffffff81000000 T _text", "ffffffffc0a01000 d event_array\t[other_driver]"];

    /// <summary>Gets the loaded ranges of kcore: address, length, and the file offset if it must differ from that of the bytes.</summary>
    public List<(ulong Address, ulong Length, ulong? Offset)> Segments { get; } = [];

    public string BootId { get; set; } = "dc36c03e-6585-4bb6-b5e9-07365a8df827";

    /// <summary>Gets or sets a function that changes the bytes of kcore before they are written.</summary>
    public Func<byte[], byte[]> Break { get; set; } = bytes => bytes;

    /// <summary>Sets the word of a port.</summary>
    public void SetWord(uint port, uint word) =>
        BinaryPrimitives.WriteUInt32LittleEndian(_pages.AsSpan((int)port * sizeof(uint)), word);

    /// <summary>Sets a variable.</summary>
    public void Set(string name, ulong value, int at = 0) => Write64(Symbols[name] + (ulong)at * sizeof(ulong), value);

    /// <summary>Returns the record of a CPU.</summary>
    public Span<byte> Record(int cpu) => Memory(FirstArea + (ulong)cpu * AreaDistance + Symbols["xen_vcpu_info"])[..64];

    /// <summary>Makes a CPU point to another address than that of its record.</summary>
    public void PointElsewhere(int cpu, ulong address) => Write64(FirstArea + (ulong)cpu * AreaDistance + Symbols["xen_vcpu"], address);

    /// <summary>Changes the vCPU number of a CPU.</summary>
    public void Renumber(int cpu, ulong vcpu) => Write64(FirstArea + (ulong)cpu * AreaDistance + Symbols["xen_vcpu_id"], vcpu);

    /// <summary>Writes the files below a folder, and returns the folder.</summary>
    public string Write(string root)
    {
        Directory.CreateDirectory(Path.Combine(root, "proc", "sys", "kernel", "random"));
        File.WriteAllText(Path.Combine(root, "proc", "sys", "kernel", "random", "boot_id"), BootId + "\n");
        var symbols = Symbols.Select(symbol => string.Create(CultureInfo.InvariantCulture, $"{symbol.Value:x16} d {symbol.Key}"));
        File.WriteAllText(Path.Combine(root, "proc", "kallsyms"), string.Join("\n", Lines.Concat(symbols)) + "\n", Encoding.ASCII);
        File.WriteAllBytes(Path.Combine(root, "proc", "kcore"), Break(ToCore()));
        return root;
    }

    private byte[] ToCore()
    {
        const int headerBytes = 56;
        var content = HeadersAt + headerBytes * (Segments.Count + 1);
        var core = new byte[content + _data.Length + _pages.Length];
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(core);
        BinaryPrimitives.WriteUInt64LittleEndian(core.AsSpan(32), HeadersAt);
        BinaryPrimitives.WriteUInt16LittleEndian(core.AsSpan(54), headerBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(core.AsSpan(56), (ushort)(Segments.Count + 1));
        _data.CopyTo(core, content);
        _pages.CopyTo(core, content + _data.Length);
        // The first header is a note, as in a real one.
        core[HeadersAt] = 4;
        foreach (var (at, (address, length, offset)) in Segments.Index())
        {
            var header = core.AsSpan(HeadersAt + (at + 1) * headerBytes);
            header[0] = 1;
            BinaryPrimitives.WriteUInt64LittleEndian(
                header[8..],
                offset ?? (ulong)content + (address >= Data ? address - Data : (ulong)_data.Length + address - DirectMap));
            BinaryPrimitives.WriteUInt64LittleEndian(header[16..], address);
            BinaryPrimitives.WriteUInt64LittleEndian(header[32..], length);
            BinaryPrimitives.WriteUInt64LittleEndian(header[40..], length);
        }
        return core;
    }

    private void Write64(ulong address, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Memory(address), value);

    private Span<byte> Memory(ulong address) =>
        address >= Data ? _data.AsSpan((int)(address - Data)) : _pages.AsSpan((int)(address - DirectMap));
}
