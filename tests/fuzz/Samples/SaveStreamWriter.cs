using System.Buffers.Binary;
using System.Text;
using XenShared.Layout;

namespace XenShared.Fuzz.Samples;

/// <summary>
/// Writes saved guests, record by record (<c>docs/specs/lib*-migration-stream.pandoc</c> of Xen), without sharing code with the reader.
/// </summary>
public sealed class SaveStreamWriter
{
    /// <summary>The instruction pointer of each vCPU.</summary>
    public const ulong Rip = 0xffff_ffff_8123_4567;

    /// <summary>The event callback of each vCPU of a PV guest.</summary>
    public const ulong EventCallback = 0xffff_ffff_8100_1000;

    private const int ContextBytes = 5168;
    private const int NarrowContextBytes = 2800;

    private readonly List<byte> _file = [];

    /// <summary>Gets the number of bytes so far.</summary>
    public long Length => _file.Count;

    /// <summary>Writes the complete file of a guest.</summary>
    public static byte[] Write(
        GuestSample guest,
        bool isPv = true,
        int version = 3,
        int width = 8,
        string? configuration = """{"c_info":{"type":"pv","name":"saved","uuid":"5a5a0001-0002-0003-0004-000000000005"}}""",
        uint tscKilohertz = 2_000_000)
    {
        ArgumentNullException.ThrowIfNull(guest);
        var writer = new SaveStreamWriter();
        if (configuration is not null) writer.Xl(configuration);
        writer.Libxl().Record(1, []).Libxc(isPv ? 1u : 2u, (uint)version);
        if (isPv) writer.Record(2, [(byte)width, (byte)(width == 8 ? 4 : 3), 0, 0, 0, 0, 0, 0]);
        if (version == 3) writer.Record(0x10, []);
        if (isPv) writer.Record(3, new byte[16]);
        foreach (var pages in guest.Pages.Chunk(6)) writer.Pages([.. pages.Select(page => (0, page.Key, page.Value))]);
        writer.Record(8, new byte[24]);
        if (isPv)
        {
            writer.Record(7, guest.SharedInfo);
            for (var vcpu = 0; vcpu < guest.VcpuCount; vcpu++)
            {
                if (width == 4) writer.NarrowVcpu(vcpu);
                else writer.Vcpu(vcpu, 0);
            }
        }
        else
        {
            writer.Record(0xa, new byte[8]).HvmContext(guest.VcpuCount, tscKilohertz);
        }
        return writer.Record(0, []).Record(2, new byte[8]).Record(0, []).ToBytes();
    }

    /// <summary>Writes the header of xl.</summary>
    public SaveStreamWriter Xl(string configuration, uint flags = 3)
    {
        var text = Encoding.UTF8.GetBytes(configuration + "\0");
        Span<byte> header = stackalloc byte[52];
        "Xen saved domain, xl format\n \0 \r"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[32..], 0x0102_0304);
        BinaryPrimitives.WriteUInt32LittleEndian(header[36..], flags);
        BinaryPrimitives.WriteUInt32LittleEndian(header[44..], (uint)text.Length + 4);
        BinaryPrimitives.WriteUInt32LittleEndian(header[48..], (uint)text.Length);
        _file.AddRange(header);
        _file.AddRange(text);
        return this;
    }

    /// <summary>Writes the header of libxl.</summary>
    public SaveStreamWriter Libxl(uint version = 2, uint options = 0)
    {
        _file.AddRange("LibxlFmt"u8);
        Span<byte> rest = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(rest, version);
        BinaryPrimitives.WriteUInt32BigEndian(rest[4..], options);
        _file.AddRange(rest);
        return this;
    }

    /// <summary>Writes the headers of libxc.</summary>
    public SaveStreamWriter Libxc(uint type, uint version = 3, ushort options = 0, uint major = 4, uint minor = 17)
    {
        Span<byte> headers = stackalloc byte[40];
        headers[..8].Fill(0xff);
        "XENF"u8.CopyTo(headers[8..]);
        BinaryPrimitives.WriteUInt32BigEndian(headers[12..], version);
        BinaryPrimitives.WriteUInt16BigEndian(headers[16..], options);
        BinaryPrimitives.WriteUInt32LittleEndian(headers[24..], type);
        BinaryPrimitives.WriteUInt16LittleEndian(headers[28..], 12);
        BinaryPrimitives.WriteUInt32LittleEndian(headers[32..], major);
        BinaryPrimitives.WriteUInt32LittleEndian(headers[36..], minor);
        _file.AddRange(headers);
        return this;
    }

    /// <summary>Writes a record of libxl or libxc, which have the same form.</summary>
    public SaveStreamWriter Record(uint type, ReadOnlySpan<byte> body)
    {
        Span<byte> header = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(header, type);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)body.Length);
        _file.AddRange(header);
        _file.AddRange(body);
        _file.AddRange(new byte[-body.Length & 7]);
        return this;
    }

    /// <summary>Writes a record of pages. Pages of the types 13 to 15 have no content.</summary>
    public SaveStreamWriter Pages(params (int Type, ulong Pfn, byte[] Page)[] pages)
    {
        ArgumentNullException.ThrowIfNull(pages);
        using var body = new MemoryStream();
        Span<byte> word = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(word, (uint)pages.Length);
        body.Write(word);
        foreach (var (type, pfn, _) in pages)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, (ulong)type << 60 | pfn);
            body.Write(word);
        }
        foreach (var (type, _, page) in pages.Where(page => page.Type < 13)) body.Write(page.AsSpan(0, SharedInfoLayout.PageSize));
        return Record(1, body.ToArray());
    }

    /// <summary>
    /// Writes the registers of a 64-bit PV guest's vCPU, with the frame number of the start info page where a saved guest has it.
    /// </summary>
    public SaveStreamWriter Vcpu(int vcpu, ulong startInfo)
    {
        var body = new byte[8 + ContextBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(body, (uint)vcpu);
        var context = body.AsSpan(8);
        BinaryPrimitives.WriteUInt64LittleEndian(context[616..], startInfo);
        BinaryPrimitives.WriteUInt64LittleEndian(context[648..], Rip);
        BinaryPrimitives.WriteUInt64LittleEndian(context[5112..], EventCallback);
        return Record(4, body);
    }

    /// <summary>Writes the registers of a 32-bit PV guest's vCPU.</summary>
    public SaveStreamWriter NarrowVcpu(int vcpu)
    {
        var body = new byte[8 + NarrowContextBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(body, (uint)vcpu);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(8 + 548), (uint)(Rip & uint.MaxValue));
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(8 + 2784), (uint)(EventCallback & uint.MaxValue));
        return Record(4, body);
    }

    /// <summary>
    /// Writes Xen's own records of an HVM guest: a header, the processor state of each vCPU that is online, the local APIC of each vCPU,
    /// and an end. Each local APIC has a request for vector 0xf3.
    /// </summary>
    /// <param name="online">The number of vCPUs that are online.</param>
    /// <param name="tscKilohertz">The frequency of the guest's TSC.</param>
    /// <param name="offline">The number of further vCPUs, which are offline.</param>
    public SaveStreamWriter HvmContext(int online, uint tscKilohertz, int offline = 0)
    {
        using var body = new MemoryStream();
        var header = new byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(20), tscKilohertz);
        Entry(body, 1, 0, header);
        var cpu = new byte[1032];
        BinaryPrimitives.WriteUInt64LittleEndian(cpu.AsSpan(640), Rip);
        BinaryPrimitives.WriteUInt64LittleEndian(cpu.AsSpan(648), 0x202);
        for (var vcpu = 0; vcpu < online; vcpu++) Entry(body, 2, vcpu, cpu);
        for (var vcpu = 0; vcpu < online + offline; vcpu++) Entry(body, 5, vcpu, new byte[24]);
        var registers = new byte[1024];
        registers[0x80] = 0x10;
        registers[0x200 + 16 * (0xf3 / 32) + 0xf3 % 32 / 8] = 1 << (0xf3 % 8);
        for (var vcpu = 0; vcpu < online + offline; vcpu++) Entry(body, 6, vcpu, registers);
        Entry(body, 0, 0, []);
        return Record(9, body.ToArray());
    }

    /// <summary>Returns one of Xen's own records, with its descriptor.</summary>
    public static byte[] HvmRecord(ushort code, int instance, byte[] content)
    {
        ArgumentNullException.ThrowIfNull(content);
        using var body = new MemoryStream();
        Entry(body, code, instance, content);
        return body.ToArray();
    }

    /// <summary>Returns the file.</summary>
    public byte[] ToBytes() => [.. _file];

    private static void Entry(MemoryStream body, ushort code, int instance, byte[] content)
    {
        Span<byte> descriptor = stackalloc byte[8];
        BinaryPrimitives.WriteUInt16LittleEndian(descriptor, code);
        BinaryPrimitives.WriteUInt16LittleEndian(descriptor[2..], (ushort)instance);
        BinaryPrimitives.WriteUInt32LittleEndian(descriptor[4..], (uint)content.Length);
        body.Write(descriptor);
        body.Write(content);
    }
}
