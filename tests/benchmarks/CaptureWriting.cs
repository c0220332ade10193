using System.IO.Compression;
using BenchmarkDotNet.Attributes;
using XenShared.Files;

namespace XenShared.Benchmarks;

/// <summary>Measures writing a capture of 1,000 domains, compared with compressing its text.</summary>
public class CaptureWriting
{
    private readonly CapturedDomain[] _domains = [.. Enumerable.Range(0, HostSize.Domains).Select(domId => Captures.Domain((ushort)domId))];
    private byte[] _text = [];

    [GlobalSetup]
    public void Prepare() => _text = Captures.Create(HostSize.Domains, compress: false);

    [Benchmark(Baseline = true)]
    public long Compress()
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(_text);
        return output.Length;
    }

    [Benchmark]
    public long Write()
    {
        using var output = new MemoryStream();
        Captures.Write(output, _domains);
        return output.Length;
    }
}
