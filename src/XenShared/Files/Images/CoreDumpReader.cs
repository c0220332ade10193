using System.Buffers.Binary;
using System.Text;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Files.Images;

/// <summary>
/// Reads the output of <c>xl dump-core</c> (<c>docs/misc/dump-core-format.txt</c> of Xen): an ELF file with a guest's memory and shared
/// page in sections.
/// </summary>
public sealed class CoreDumpReader
{
    private const int ElfHeaderBytes = 64;
    private const int SectionHeaderBytes = 64;
    private const int RegisterBytes = 256;
    private const string Architecture64 = "x86_64";
    private const ushort CoreType = 4;
    private const ushort X86 = 3, Arm = 40, X64 = 62, Arm64 = 183;
    private const ulong NoPage = ulong.MaxValue;
    private const int EntriesAtOnce = 4096;
    private const ulong FrameLimit = 1UL << 52;

    // The frames to which kernels and firmware usually map the shared page. Only these are searched for it. A search of all memory would
    // take long, and the frame number of the page is not important enough for that.
    private static readonly (ulong First, ulong End)[] s_usualFrames = [(0, 0x100), (0xf_d000, 0xf_f000)];

    private readonly FileBytes _file;
    private readonly ImageLimits _limits;
    private readonly Dictionary<string, CoreSection> _sections = new(StringComparer.Ordinal);

    private CoreDumpReader(FileBytes file, ImageLimits limits)
    {
        _file = file;
        _limits = limits;
    }

    /// <summary>Reads a dump. The guest's memory stays in the file, and only an index of its pages is created.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.FileNotRecognised"/>: an ELF file of another kind.
    /// <see cref="XenErrorId.FileDamaged"/>: with offset and reason.</exception>
    public static GuestImage Read(FileBytes file, ImageLimits? limits = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new CoreDumpReader(file, limits ?? ImageLimits.Default).Read(cancellation);
    }

    private GuestImage Read(CancellationToken cancellation)
    {
        var architecture = ReadSections();
        if (Find(".note.Xen") is not { } noteSection) throw NoDump("it has no section .note.Xen");
        var notes = CoreNotes.Read(_file, noteSection, _limits);
        if (Find(".xen_prstatus") is not { } registers) throw _file.Damaged(_file.Length, "it has no section .xen_prstatus");
        // On every architecture, the registers of a vCPU need more than RegisterBytes bytes. If there are fewer bytes per vCPU, the file is
        // damaged.
        if (registers.Size / RegisterBytes < notes.VcpuCount)
            throw _file.Damaged(registers.Header, $"its {registers.Size} bytes of registers are not those of {notes.VcpuCount} vCPUs");
        var memory = ReadIndex(notes, cancellation);
        var page = ReadSharedInfo();
        return new GuestImage
        {
            Host = new HostInfo("", notes.Version, architecture),
            Domain = new DomainInfo
            {
                DomId = GuestImage.NoDomId,
                Type = notes.IsPv ? DomainType.PV : null,
                PvWidth = notes.PvWidth,
                SharedInfoFrame = page is null || notes.IsPv ? null : FrameOf(page, memory),
                TotalPages = notes.PageCount,
                MaxVcpuId = notes.VcpuCount > 0 ? notes.VcpuCount - 1 : null,
            },
            SharedInfo = page is null ? default(ReadOnlyMemory<byte>?) : page,
            WhyNoSharedInfo = "the guest had not mapped it when it was dumped",
            Memory = memory,
            HasMachineFrames = notes.IsPv,
            Contexts = architecture == Architecture64 ? ReadContexts(registers, notes) : [],
        };
    }

    private string ReadSections()
    {
        Span<byte> header = stackalloc byte[ElfHeaderBytes];
        _file.Read(0, header, "ELF header");
        if (header[4] != 2 || header[5] != 1) throw NoDump("it is not a 64-bit little endian ELF file");
        if (BinaryPrimitives.ReadUInt16LittleEndian(header[16..]) != CoreType) throw NoDump("it is a program or a library");
        var architecture = BinaryPrimitives.ReadUInt16LittleEndian(header[18..]) switch
        {
            X64 or X86 => Architecture64,
            Arm64 or Arm => "arm64",
            var machine => throw NoDump($"it is of the unknown machine {machine}"),
        };
        var (first, count, names) = (
            BinaryPrimitives.ReadUInt64LittleEndian(header[40..]),
            BinaryPrimitives.ReadUInt16LittleEndian(header[60..]),
            BinaryPrimitives.ReadUInt16LittleEndian(header[62..]));
        if (count == 0)
            throw NoDump("it has no sections, like the core dump of a process");
        if (BinaryPrimitives.ReadUInt16LittleEndian(header[58..]) != SectionHeaderBytes)
            throw _file.Damaged(58, "its section headers do not have the size that ELF defines");
        if (count > _limits.MaximumSections)
            throw _file.Damaged(60, $"it has {count} sections, more than {_limits.MaximumSections}");
        if (names >= count)
            throw _file.Damaged(62, $"section {names}, which should contain the names, does not exist");
        if (first > (ulong)_file.Length)
            throw _file.Damaged(40, $"its section headers should begin at {first}, but the file ends at {_file.Length}");
        _file.Check((long)first, count * SectionHeaderBytes, "section headers");
        var text = ReadNames((long)first + names * SectionHeaderBytes);
        for (var section = 0; section < count; section++) AddSection((long)first + section * SectionHeaderBytes, text);
        return architecture;
    }

    private byte[] ReadNames(long header)
    {
        var section = ReadSection(header, "section names");
        if (section.Size > _limits.MaximumTableBytes)
            throw _file.Damaged(header, $"its section names have {section.Size} bytes, more than {_limits.MaximumTableBytes}");
        var text = new byte[section.Size];
        _file.Read(section.Offset, text, "section names");
        return text;
    }

    private void AddSection(long header, byte[] names)
    {
        var start = _file.ReadUInt32(header, "section header");
        if (start >= names.Length)
            throw _file.Damaged(header, $"the name of a section should begin at {start} of the {names.Length} bytes of names");
        var name = names.AsSpan((int)start);
        var end = name.IndexOf((byte)0);
        if (end <= 0) return;
        var text = Encoding.ASCII.GetString(name[..Math.Min(end, 32)]);
        if (!_sections.TryAdd(text, ReadSection(header, $"section {text}"))) throw _file.Damaged(header, $"section {text} comes twice");
    }

    private CoreSection ReadSection(long header, string what)
    {
        var (offset, size) = (_file.ReadUInt64(header + 24, "section header"), _file.ReadUInt64(header + 32, "section header"));
        if (offset > (ulong)_file.Length || size > (ulong)_file.Length - offset)
            throw _file.Damaged(header, $"its {what} should have {size} bytes at {offset}, but the file ends at {_file.Length}");
        return new CoreSection(header, (long)offset, (long)size);
    }

    private CoreSection? Find(string name) => _sections.TryGetValue(name, out var section) ? section : null;

    // Returns the registers of the vCPUs. For an HVM or PVH guest, Xen always uses the 64-bit layout, even if the guest is a 32-bit one.
    // For a PV guest, Xen uses the layout of the guest's width.
    private List<VcpuContext> ReadContexts(CoreSection registers, CoreNotes notes)
    {
        var contexts = new List<VcpuContext>();
        if ((notes.IsPv ? VcpuContextLayout.ForWidth(notes.PvWidth) : VcpuContextLayout.X86_64) is not { } layout || notes.VcpuCount == 0)
            return contexts;
        // A dump has the same number of bytes for each vCPU: the size of the 64-bit layout. In a 32-bit PV guest, the registers need only
        // some of these bytes.
        var size = VcpuContextLayout.X86_64.Size;
        if (registers.Size < (long)notes.VcpuCount * size)
            throw _file.Damaged(
                registers.Header,
                $"its {registers.Size} bytes of registers are fewer than {size} for each of {notes.VcpuCount} vCPUs");
        var context = new byte[size];
        for (var vcpu = 0; vcpu < notes.VcpuCount; vcpu++)
        {
            _file.Read(registers.Offset + (long)vcpu * size, context, "registers");
            contexts.Add(ToContext(vcpu, layout, context, notes.IsPv));
        }
        return contexts;
    }

    private static VcpuContext ToContext(int vcpu, VcpuContextLayout layout, byte[] context, bool isPv)
    {
        if (!VcpuContextLayout.IsOnline(layout.Flags.Read(context)))
            return new VcpuContext(vcpu) { IsOnline = false, WhyUnknown = "the vCPU is offline" };
        var known = new VcpuContext(vcpu) { IsOnline = true, InstructionPointer = layout.InstructionPointer.Read(context) };
        return isPv
            ? known with { EventCallback = layout.EventCallback.Read(context) }
            : known with
            {
                InterruptFlag = HvmContextLayout.TakesInterrupts(layout.RegisterFlags.Read(context)),
                WhyUnknown = "a core dump contains neither the callback nor the local APIC",
            };
    }

    private byte[]? ReadSharedInfo()
    {
        if (Find(".xen_shared_info") is not { } section)
            return null;
        if (section.Size != SharedInfoLayout.PageSize)
            throw _file.Damaged(section.Header, $"its shared page has {section.Size} bytes instead of {SharedInfoLayout.PageSize}");
        var page = new byte[SharedInfoLayout.PageSize];
        _file.Read(section.Offset, page, "shared page");
        return page;
    }

    private PageIndex ReadIndex(CoreNotes notes, CancellationToken cancellation)
    {
        var name = notes.IsPv ? ".xen_p2m" : ".xen_pfn";
        if (Find(".xen_pages") is not { } pages) throw _file.Damaged(_file.Length, "it has no section .xen_pages");
        if (Find(name) is not { } table) throw _file.Damaged(_file.Length, $"it has no section {name}");
        var words = notes.IsPv ? 2 : 1;
        if ((ulong)pages.Size != notes.PageCount * SharedInfoLayout.PageSize)
            throw _file.Damaged(pages.Header, $"its {pages.Size} bytes of memory are not {notes.PageCount} pages");
        if ((ulong)table.Size != notes.PageCount * (ulong)words * sizeof(ulong))
            throw _file.Damaged(table.Header, $"the {table.Size} bytes of {name} are not entries for {notes.PageCount} pages");
        var index = new PageIndexBuilder(_limits.MaximumRuns);
        var entries = new byte[Math.Min(table.Size, EntriesAtOnce * words * sizeof(ulong))];
        for (long at = 0; at < table.Size; at += entries.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            var part = entries.AsSpan(0, (int)Math.Min(entries.Length, table.Size - at));
            _file.Read(table.Offset + at, part, name);
            for (var entry = 0; entry < part.Length; entry += words * sizeof(ulong))
            {
                var pfn = BinaryPrimitives.ReadUInt64LittleEndian(part[entry..]);
                var frame = BinaryPrimitives.ReadUInt64LittleEndian(part[(entry + (words - 1) * sizeof(ulong))..]);
                if (pfn == NoPage)
                    continue;
                if (pfn >= FrameLimit || frame >= FrameLimit)
                    throw _file.Damaged(table.Offset + at + entry, $"0x{Math.Max(pfn, frame):x} is not a page number");
                if (index.IsFull)
                    throw _file.Damaged(table.Offset + at + entry, $"its memory is in more than {_limits.MaximumRuns} pieces");
                index.Add(pfn, frame, pages.Offset + (at + entry) / (words * sizeof(ulong)) * SharedInfoLayout.PageSize);
            }
        }
        return index.Build();
    }

    // Returns the frame to which an HVM or PVH guest mapped the shared page. The dump then contains the page a second time, in the memory
    // at this frame, so a frame with the same content is searched. Returns null if no frame has it: the guest ran during the dump, or had
    // not mapped the page.
    private ulong? FrameOf(byte[] page, PageIndex memory)
    {
        ulong? found = null;
        var second = new byte[SharedInfoLayout.PageSize];
        foreach (var (first, end) in s_usualFrames)
        {
            for (var frame = first; frame < end; frame++)
            {
                if (memory.OffsetOf(frame) is not { } offset) continue;
                _file.Read(offset, second, "memory");
                if (!second.AsSpan().SequenceEqual(page)) continue;
                if (found is not null) return null;
                found = frame;
            }
        }
        return found;
    }

    private XenException NoDump(string reason) =>
        _file.NotRecognised($"{reason}, so it is not a dump of a Xen guest", "open a file that 'xl dump-core' wrote");
}
