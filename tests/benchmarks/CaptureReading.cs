using System.IO.Compression;
using BenchmarkDotNet.Attributes;
using XenShared.Files;

namespace XenShared.Benchmarks;

/// <summary>Measures reading a capture of 1,000 domains, compared with decompressing it.</summary>
public class CaptureReading
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private byte[] _capture = [];

    [GlobalSetup]
    public void Prepare() => _capture = Captures.Create(HostSize.Domains);

    [Benchmark(Baseline = true)]
    public long Decompress()
    {
        using var capture = new MemoryStream(_capture);
        using var gzip = new GZipStream(capture, CompressionMode.Decompress);
        long length = 0;
        for (var read = gzip.Read(_buffer); read > 0; read = gzip.Read(_buffer)) length += read;
        return length;
    }

    [Benchmark]
    public HostCapture Read()
    {
        using var capture = new MemoryStream(_capture);
        return CaptureReader.Read(capture, "bench");
    }

    /// <summary>Reads the capture, and uses each page. Pages are packed until they are used.</summary>
    [Benchmark]
    public long ReadPages()
    {
        long sum = 0;
        foreach (var domain in Read().Domains.Values)
        {
            foreach (var sample in domain.Samples) sum += (sample with { }).Page.Span[^1];
        }
        return sum;
    }
}
