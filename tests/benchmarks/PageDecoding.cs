using BenchmarkDotNet.Attributes;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Benchmarks;

/// <summary>Measures decoding a page, compared with copying its 4 KiB.</summary>
public class PageDecoding
{
    private readonly byte[] _page = Pages.TwoLevel();
    private readonly byte[] _copy = new byte[SharedInfoLayout.PageSize];

    [Benchmark(Baseline = true)]
    public void Copy() => _page.CopyTo(_copy, 0);

    [Benchmark]
    public (VcpuTimeContent[], WallClockContent, ArchInfoContent) Decode() =>
        (
            VcpuTimeContent.DecodeSlots(_page, SharedInfoLayout.X86_64),
            WallClockContent.Decode(_page, SharedInfoLayout.X86_64),
            ArchInfoContent.Decode(_page, SharedInfoLayout.X86_64));

    [Benchmark]
    public DomainSample TakeSample() => DomainSample.Take(_page, SharedInfoLayout.X86_64, SharedInfoLayout.X86_32);
}
