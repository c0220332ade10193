using BenchmarkDotNet.Attributes;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Benchmarks;

/// <summary>Measures decoding a page and looking for pending bits in it, compared with copying its 4 KiB.</summary>
public class PageDecoding
{
    private readonly SharedInfoLayout _layout = SharedInfoLayout.X86_64;

    private readonly byte[] _page = Pages.TwoLevel();
    private readonly byte[] _idle = new byte[SharedInfoLayout.X86_64.BitmapBytes];
    private readonly byte[] _copy = new byte[SharedInfoLayout.PageSize];
    private readonly List<uint> _ports = [];

    [Benchmark(Baseline = true)]
    public void Copy() => _page.CopyTo(_copy, 0);

    [Benchmark]
    public (VcpuTimeContent[], WallClockContent, ArchInfoContent) Decode() =>
        (VcpuTimeContent.DecodeSlots(_page, _layout), WallClockContent.Decode(_page, _layout), ArchInfoContent.Decode(_page, _layout));

    /// <summary>Allocates what the result of <see cref="Decode"/> occupies.</summary>
    [Benchmark]
    public VcpuTimeContent[] Allocate() => new VcpuTimeContent[_layout.SlotCount];

    [Benchmark]
    public int ScanIdle()
    {
        EventBitmap.AddSetPorts(_idle, _ports);
        return _ports.Count;
    }

    [Benchmark]
    public DomainSample TakeSample() => DomainSample.Take(_page, SharedInfoLayout.X86_64, SharedInfoLayout.X86_32);
}
