using System.Runtime.InteropServices;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Tests.Support;

/// <summary>
/// Represents an invented guest with all of its memory: FIFO channels whose event array is in a page, and a record for each vCPU outside
/// the shared page, which changes when the vCPU runs. Tests can change everything.
/// </summary>
internal sealed class SyntheticGuest
{
    /// <summary>The number of frames of its memory, from 0 on. A PV guest has other machine frame numbers.</summary>
    public const ulong PageCount = 1500;

    public const ulong ArrayPfn = 0x123;

    /// <summary>The guest frame number of vCPU 0's record. Each following record is <see cref="RecordDistance"/> pages higher.</summary>
    public const ulong RecordPfn = 0x200;

    public const ulong RecordDistance = 0x40;

    public const int RecordOffset = 0xe0;

    private const ulong TreeOrListFrames = 0x9_0000;

    // The second page of the list has another page table than the first.
    private const ulong ListAddress = 0xffff_c900_001f_f000;

    private static readonly SharedInfoLayout s_layout = SharedInfoLayout.X86_64;

    private readonly bool _isPv;
    private readonly ulong[] _runTimes;
    private ulong _nextTable = TreeOrListFrames;

    private SyntheticGuest(ushort domId, DomainType type, int vcpus)
    {
        DomId = domId;
        _isPv = type == DomainType.PV;
        _runTimes = [.. Enumerable.Repeat(3_000_000_000ul, vcpus)];
        Runs = _ => Enumerable.Range(0, vcpus);
        HighestFrame = _isPv ? 0ul : 0x2801ul;
        Domain = new FakeDomain
        {
            Reading = Some.Domain(domId, _isPv ? 64 : null, type, vcpus) with { TotalPages = PageCount },
            Name = "synthetic",
            Ports = Some.LinuxPorts(),
        };
        FillMemory();
        for (var vcpu = 0; vcpu < Math.Min(vcpus, s_layout.SlotCount); vcpu++)
            RecordBytes.Create(RecordBytes.Time(version: 8, systemTime: 5_000_000_000)).CopyTo(SharedPage, vcpu * s_layout.Vcpu.Size);
        WriteArray(Page(ArrayPfn), 0, 0, 0, 0xa000_0000, 0x4000_0000, 0x5000_0000, 0xe000_0007);
        // Xen has calibrated again since the slots of the page were last updated.
        for (var vcpu = 0; vcpu < vcpus; vcpu++)
            RecordBytes.Create(RecordBytes.Time(multiplier: RecordBytes.Multiplier + 0x10_0000)).CopyTo(Record(vcpu));
        Stand();
    }

    public ushort DomId { get; }

    public FakeDomain Domain { get; }

    /// <summary>Gets the content of each frame. A frame that is missing cannot be mapped.</summary>
    public Dictionary<ulong, byte[]> Frames { get; } = [];

    public byte[] SharedPage { get; } = Some.ClockPage(s_layout);

    public ulong SharedFrame { get; set; } = 0xb_fc50;

    public string? StartTime { get; set; } = "1795339794.05";

    public ulong HighestFrame { get; set; }

    public bool TellsHoles { get; set; } = true;

    public MemoryHazards Hazards { get; set; } = new(0, 0);

    /// <summary>Gets or sets a function that returns the vCPUs that run before the sample with a number.</summary>
    public Func<int, IEnumerable<int>> Runs { get; set; }

    public int Steps { get; private set; }

    public ArchInfoContent Arch
    {
        get => ArchInfoContent.Decode(SharedPage, s_layout);
        set => value.Encode(SharedPage, s_layout);
    }

    public static SyntheticGuest PvWithList(int vcpus = 1, ushort domId = 5)
    {
        var guest = new SyntheticGuest(domId, DomainType.PV, vcpus);
        var root = guest.NewTable();
        for (ulong leaf = 0; leaf <= (PageCount - 1) / 512; leaf++) guest.Map(root, ListAddress + leaf * 4096, guest.NewLeaf(leaf));
        guest.Arch = new ArchInfoContent(PageCount, 0, 0, root * 4096 | 0x18, ListAddress, 0);
        return guest;
    }

    public static SyntheticGuest PvWithTree(int vcpus = 1, ushort domId = 5)
    {
        var guest = new SyntheticGuest(domId, DomainType.PV, vcpus);
        var (root, middle) = (guest.NewTable(), guest.NewTable());
        guest.Table(root)[0] = middle;
        for (ulong leaf = 0; leaf <= (PageCount - 1) / 512; leaf++) guest.Table(middle)[(int)leaf] = guest.NewLeaf(leaf);
        guest.Arch = new ArchInfoContent(PageCount, root, 0, 0, 0, 0);
        return guest;
    }

    public static SyntheticGuest Pvh(int vcpus = 1, ushort domId = 5)
    {
        var guest = new SyntheticGuest(domId, DomainType.PVH, vcpus);
        // Most of the space is a hole, and above it there are two pages for the store and the console.
        guest.Frames[0x2800] = new byte[4096];
        guest.Frames[0x2801] = new byte[4096];
        return guest;
    }

    public static SyntheticGuest Create(string shape, int vcpus = 1) => shape switch
    {
        "list" => PvWithList(vcpus),
        "tree" => PvWithTree(vcpus),
        _ => Pvh(vcpus),
    };

    public ulong Frame(ulong pfn) => _isPv ? 0x4_0000 + (pfn ^ 0x15) : pfn;

    public byte[] Page(ulong pfn) => Frames[Frame(pfn)];

    public Span<ulong> Table(ulong frame) => MemoryMarshal.Cast<byte, ulong>(Frames[frame].AsSpan());

    public Span<byte> Record(int vcpu) => Page(RecordPfn + (ulong)vcpu * RecordDistance).AsSpan(RecordOffset, s_layout.Vcpu.Size);

    /// <summary>Fills a page with masked words, as a kernel does, and sets the first words.</summary>
    public static void WriteArray(Span<byte> page, params ReadOnlySpan<uint> words)
    {
        var array = MemoryMarshal.Cast<byte, uint>(page);
        array.Fill(0x4000_0000);
        // Port 0 is never bound.
        for (var port = 1; port < words.Length; port++) array[port] = words[port];
    }

    public void SetWord(ulong pfn, int at, uint word) => MemoryMarshal.Cast<byte, uint>(Page(pfn).AsSpan())[at] = word;

    /// <summary>Runs a vCPU: its run time grows, and Xen updates its record.</summary>
    public void Run(int vcpu)
    {
        _runTimes[vcpu] += 1_000_000;
        if (!Frames.ContainsKey(Frame(RecordPfn + (ulong)vcpu * RecordDistance))) return;
        Move(Record(vcpu));
    }

    public static void Move(Span<byte> record)
    {
        var layout = s_layout.Vcpu;
        layout.Version.Write(record, layout.Version.Read(record) + 2);
        layout.SystemTime.Write(record, layout.SystemTime.Read(record) + 1_000_000_000);
    }

    /// <summary>Advances the time before a sample.</summary>
    public void Step()
    {
        foreach (var vcpu in Runs(Steps)) Run(vcpu);
        Steps++;
        Stand();
    }

    private void Stand()
    {
        var vcpus = _runTimes.Select((time, vcpu) => new VcpuRunState(vcpu, Online: true, Blocked: true, Running: false, time)).ToArray();
        Domain.Samples.Clear();
        Domain.Samples.Add(
            new DomainSample(SharedPage.ToArray()) { TakenAt = Some.Start.AddSeconds(Steps), Frame = SharedFrame, Vcpus = vcpus });
    }

    // Zeros, noise, small numbers and letters, none of which looks like a record or an event array.
    private void FillMemory()
    {
        var random = new Random(DomId);
        for (ulong pfn = 0; pfn < PageCount; pfn++)
        {
            var page = new byte[4096];
            if (pfn % 4 == 1) random.NextBytes(page);
            if (pfn % 4 == 2) for (var at = 0; at < page.Length; at += 4) page[at] = (byte)random.Next(256);
            if (pfn % 4 == 3) page.AsSpan().Fill((byte)'x');
            Frames[Frame(pfn)] = page;
        }
        for (var vcpu = 0; vcpu < _runTimes.Length; vcpu++) Page(RecordPfn + (ulong)vcpu * RecordDistance).AsSpan().Clear();
    }

    private ulong NewTable()
    {
        Frames[_nextTable] = new byte[4096];
        return _nextTable++;
    }

    private ulong NewLeaf(ulong index)
    {
        var frame = NewTable();
        var leaf = Table(frame);
        for (var at = 0; at < leaf.Length; at++)
            leaf[at] = index * 512 + (ulong)at < PageCount ? Frame(index * 512 + (ulong)at) : ulong.MaxValue;
        return frame;
    }

    private void Map(ulong root, ulong address, ulong frame)
    {
        var table = root;
        for (var level = 4; level > 1; level--)
        {
            var at = (int)(address >> (3 + 9 * level) & 511);
            if (Table(table)[at] == 0) Table(table)[at] = NewTable() * 4096 | 0x67;
            table = (Table(table)[at] & 0x000f_ffff_ffff_f000) / 4096;
        }
        Table(table)[(int)(address >> 12 & 511)] = frame * 4096 | 0x8000_0000_0000_0063;
    }
}
