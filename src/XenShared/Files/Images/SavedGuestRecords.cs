using System.Buffers.Binary;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Files.Images;

/// <summary>Reads the libxc part of a saved guest: two headers, and the records with its memory, vCPUs and shared page.</summary>
internal sealed class SavedGuestRecords
{
    private const uint PvType = 1,
        HvmType = 2;
    private const uint End = 0,
        PageData = 1,
        PvInfo = 2,
        PvP2mFrames = 3,
        VcpuBasic = 4,
        SharedInfoRecord = 7,
        TscInfo = 8,
        HvmContext = 9,
        Checkpoint = 0xe,
        LastKnown = 0x12;
    private const uint OptionalBit = 1u << 31;
    private const int ImageHeader = 24;
    private const int DomainHeader = 16;
    private const int RecordHeader = 8;
    private const ulong PfnBits = (1UL << 52) - 1;

    private readonly FileBytes _file;
    private readonly ImageLimits _limits;
    private readonly CancellationToken _cancellation;
    private readonly PageIndexBuilder _pages;
    private readonly SortedDictionary<int, (long At, uint Length)> _vcpuRecords = [];
    private readonly byte[] _numbers = new byte[1024 * sizeof(ulong)];
    private XenVersion? _version;
    private bool _isPv;
    private int? _width;
    private byte[]? _sharedInfo;
    private SavedHvmContext? _hvm;
    private IReadOnlyList<VcpuContext> _contexts = [];
    private PageIndex? _memory;

    private SavedGuestRecords(FileBytes file, ImageLimits limits, CancellationToken cancellation)
    {
        _file = file;
        _limits = limits;
        _cancellation = cancellation;
        _pages = new PageIndexBuilder(limits.MaximumRuns);
    }

    /// <summary>Gets the first bytes of a libxc stream: a marker, and the id <c>XENF</c>.</summary>
    public static ReadOnlySpan<byte> Start => [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, (byte)'X', (byte)'E', (byte)'N', (byte)'F'];

    /// <summary>Gets a value indicating whether the stream ended with a checkpoint, after which the guest continued to run.</summary>
    public bool IsCheckpoint { get; private set; }

    /// <summary>Rounds a length up to a multiple of eight, to which records are padded.</summary>
    public static long Padded(uint length) => (length + 7L) & ~7L;

    /// <summary>Reads the records.</summary>
    /// <param name="file">The file.</param>
    /// <param name="at">The offset of the libxc stream, which begins with its headers.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="cancellation">Cancels reading.</param>
    /// <param name="end">Receives the offset after the last record.</param>
    public static SavedGuestRecords Read(FileBytes file, long at, ImageLimits limits, CancellationToken cancellation, out long end)
    {
        var records = new SavedGuestRecords(file, limits, cancellation);
        records.ReadHeaders(at);
        end = records.ReadRecords(at + ImageHeader + DomainHeader);
        records._memory = records._pages.Build();
        records._contexts = records._isPv ? records.ReadPvContexts() : records._hvm?.Contexts ?? [];
        return records;
    }

    /// <summary>Returns the guest.</summary>
    public GuestImage ToImage(SavedConfiguration configuration)
    {
        var type = _isPv ? DomainType.PV : configuration.Type == DomainType.PV ? null : configuration.Type;
        int[] online = [.. _isPv ? _vcpuRecords.Keys : _hvm?.OnlineVcpus ?? []];
        var start = _isPv && _width is { } width && _vcpuRecords.TryGetValue(0, out var first)
            ? SavedStartInfo.Read(_file, _memory!, first.At, width)
            : default;
        return new GuestImage
        {
            Host = new HostInfo("", _version, "x86_64"),
            Domain = new DomainInfo
            {
                DomId = GuestImage.NoDomId,
                Uuid = configuration.Uuid,
                Type = type,
                PvWidth = _isPv ? _width * 8 : null,
                SharedInfoFrame = start.SharedInfoFrame,
                OnlineVcpus = online.Length > 0 ? online.Length : null,
                MaxVcpuId = online.Length > 0 ? online.Max() : null,
            },
            Name = configuration.Name,
            SharedInfo = _sharedInfo is null ? default(ReadOnlyMemory<byte>?) : _sharedInfo,
            WhyNoSharedInfo =
                "the toolstack does not save it for PVH and HVM guests, which get a new one when they are restored",
            Memory = _memory,
            TscKilohertz = _hvm?.TscKilohertz,
            Contexts = _contexts,
            DeviceNodes = start.Nodes ?? new Dictionary<string, string>(),
        };
    }

    private void ReadHeaders(long at)
    {
        Span<byte> header = stackalloc byte[ImageHeader + DomainHeader];
        _file.Read(at, header, "libxc header");
        if (!header.StartsWith(Start)) throw _file.Damaged(at, "the libxc stream does not begin with its marker");
        var version = BinaryPrimitives.ReadUInt32BigEndian(header[12..]);
        if (version is not (2 or 3))
            throw _file.NotRecognised(
                $"its libxc stream has version {version}, but only versions 2 and 3 are supported",
                "use a version of this program that supports it");
        if ((BinaryPrimitives.ReadUInt16BigEndian(header[16..]) & 1) != 0)
            throw _file.NotRecognised("it is big endian", "open it where it was made");
        var domain = header[ImageHeader..];
        var type = BinaryPrimitives.ReadUInt32LittleEndian(domain);
        if (type is not (PvType or HvmType)) throw _file.Damaged(at + ImageHeader, $"{type} is not a known kind of guest");
        _isPv = type == PvType;
        if (domain[4] != 12 || domain[5] != 0) throw _file.Damaged(at + ImageHeader + 4, "its pages do not have 4,096 bytes");
        var (major, minor) = (BinaryPrimitives.ReadUInt32LittleEndian(domain[8..]), BinaryPrimitives.ReadUInt32LittleEndian(domain[12..]));
        if (major > ushort.MaxValue || minor > ushort.MaxValue)
            throw _file.Damaged(at + ImageHeader + 8, "the version of its hypervisor is not valid");
        // A tool of Xen converts older streams. It writes 0 as the major version, and its own version as the minor one. Then the version of
        // Xen is not known.
        _version = major == 0 ? null : new XenVersion((int)major, (int)minor, "");
    }

    private long ReadRecords(long at)
    {
        for (var records = 0; ; records++)
        {
            if (records >= _limits.MaximumRecords) throw _file.Damaged(at, $"it has more than {_limits.MaximumRecords} records");
            _cancellation.ThrowIfCancellationRequested();
            var (type, length) = (_file.ReadUInt32(at, "record"), _file.ReadUInt32(at + 4, "record"));
            if (length > _limits.MaximumRecordBytes)
                throw _file.Damaged(at + 4, $"a record has {length} bytes, more than {_limits.MaximumRecordBytes}");
            _file.Check(at + RecordHeader, Padded(length), "record");
            var next = at + RecordHeader + Padded(length);
            if (type is End or Checkpoint)
            {
                if (_isPv && (_sharedInfo is null || _width is null))
                    throw _file.Damaged(at, "it ends without the guest's shared page, or its width");
                IsCheckpoint = type == Checkpoint;
                return next;
            }
            Take(type, at, length);
            at = next;
        }
    }

    private void Take(uint type, long at, uint length)
    {
        var body = at + RecordHeader;
        switch (type)
        {
            case PageData: TakePages(at, length); break;
            case PvInfo:
                if (length < 8)
                    throw _file.Damaged(at, $"the record of the guest's width has {length} bytes");
                _width = (byte)_file.ReadUInt32(body, "record") is var width and (4 or 8)
                    ? width
                    : throw _file.Damaged(body, "the guest is neither 32 nor 64 bits wide");
                break;
            case VcpuBasic: TakeVcpu(at, length); break;
            case SharedInfoRecord:
                if (length != SharedInfoLayout.PageSize)
                    throw _file.Damaged(at, $"its shared page has {length} bytes instead of {SharedInfoLayout.PageSize}");
                _sharedInfo ??= new byte[SharedInfoLayout.PageSize];
                _file.Read(body, _sharedInfo, "shared page");
                break;
            case HvmContext:
                if (_hvm is not null) throw _file.Damaged(at, "it contains a second HVM context");
                _hvm = SavedHvmContext.Read(_file, body, length, _limits);
                break;
            case TscInfo or PvP2mFrames:
                break;
            case > LastKnown and < OptionalBit:
                throw _file.NotRecognised(
                    $"it has a record of type 0x{type:x} at offset {at}, which is mandatory but not supported",
                    "use a newer version of this program");
            default:
                break;
        }
    }

    private void TakePages(long at, uint length)
    {
        var body = at + RecordHeader;
        if (length < RecordHeader) throw _file.Damaged(at, $"a record of pages has {length} bytes");
        var count = _file.ReadUInt32(body, "record");
        if (count == 0 || count > (length - RecordHeader) / sizeof(ulong))
            throw _file.Damaged(body, $"a record of {length} bytes cannot contain {count} pages");
        var first = body + RecordHeader;
        var data = first + (long)count * sizeof(ulong);
        for (long listed = 0; listed < count;)
        {
            var part = _numbers.AsSpan(0, (int)Math.Min(_numbers.Length, (count - listed) * sizeof(ulong)));
            _file.Read(first + listed * sizeof(ulong), part, "record");
            for (var entry = 0; entry < part.Length; entry += sizeof(ulong), listed++)
            {
                var number = BinaryPrimitives.ReadUInt64LittleEndian(part[entry..]);
                var hasData = HasData((int)(number >> 60), first + listed * sizeof(ulong));
                var pfn = number & PfnBits;
                if (_pages.IsFull) throw _file.Damaged(at, $"its memory is in more than {_limits.MaximumRuns} pieces");
                _pages.Add(pfn, pfn, hasData ? data : -1);
                if (hasData) data += SharedInfoLayout.PageSize;
            }
        }
        if (data != body + length) throw _file.Damaged(at, $"a record of {length} bytes does not contain the pages that it lists");
    }

    // Determines whether the record has the content of a page of this type (XEN_DOMCTL_PFINFO_*). Types 0 to 4 are normal pages and page
    // tables, 9 to 12 pinned page tables. Types from 13 on have no content.
    private bool HasData(int type, long at) => type switch
    {
        <= 4 or >= 9 and <= 12 => true,
        >= 13 => false,
        _ => throw _file.Damaged(at, $"{type} is not a known type of page"),
    };

    private void TakeVcpu(long at, uint length)
    {
        if (length < RecordHeader) throw _file.Damaged(at, $"the record of a vCPU has {length} bytes");
        var vcpu = _file.ReadUInt32(at + RecordHeader, "record");
        if (vcpu >= _limits.MaximumVcpus)
            throw _file.Damaged(at + RecordHeader, $"vCPU {vcpu} is beyond the maximum of {_limits.MaximumVcpus} vCPUs");
        if (!_vcpuRecords.TryAdd((int)vcpu, (at + 2 * RecordHeader, length - RecordHeader)))
            throw _file.Damaged(at, $"the registers of vCPU {vcpu} come twice");
    }

    // Returns the registers of a PV guest's vCPUs. The record with the width of the guest can come after the records of the vCPUs, so this
    // method is called after all records have been read.
    private List<VcpuContext> ReadPvContexts()
    {
        if (VcpuContextLayout.ForWidth(_width * 8) is not { } layout) return [];
        var context = new byte[layout.Size];
        var contexts = new List<VcpuContext>();
        foreach (var (vcpu, (at, length)) in _vcpuRecords)
        {
            if (length < context.Length)
                throw _file.Damaged(at, $"the registers of vCPU {vcpu} have {length} bytes, fewer than {context.Length}");
            _file.Read(at, context, "registers");
            contexts.Add(new VcpuContext(vcpu)
            {
                // The toolstack saves only vCPUs that are online.
                IsOnline = true,
                InstructionPointer = layout.InstructionPointer.Read(context),
                EventCallback = layout.EventCallback.Read(context),
            });
        }
        return contexts;
    }
}
