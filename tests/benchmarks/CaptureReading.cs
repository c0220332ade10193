using System.IO.Compression;
using BenchmarkDotNet.Attributes;
using XenShared.Files;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Benchmarks;

/// <summary>Measures reading a capture of 1,000 domains, compared with decompressing it.</summary>
public class CaptureReading
{
    private const int DomainCount = 1000;
    private const int SampleCount = 3;

    private static readonly DateTimeOffset s_start = new(2026, 11, 22, 9, 30, 0, TimeSpan.Zero);

    private readonly byte[] _buffer = new byte[64 * 1024];
    private byte[] _capture = [];

    [GlobalSetup]
    public void Prepare()
    {
        using var output = new MemoryStream();
        using (
            var writer = new CaptureWriter(
                output,
                compress: true,
                new HostInfo("bench", new XenVersion(4, 17, ".7"), "x86_64"),
                s_start,
                clock: null))
        {
            for (var domId = 0; domId < DomainCount; domId++) writer.Write(Domain((ushort)domId));
            writer.Complete();
        }
        _capture = output.ToArray();
    }

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

    private static CapturedDomain Domain(ushort domId)
    {
        var domain = new CapturedDomain
        {
            Name = $"guest-{domId}",
            Reading = new DomainInfo
            {
                DomId = domId,
                Uuid = new Guid(domId, 1, 2, new byte[8]),
                Type = DomainType.PV,
                State = DomainState.Blocked,
                PvWidth = 64,
                SharedInfoFrame = 0xbfc50ul + domId,
                CpuTimeNanoseconds = 7_000_000_000ul * domId,
                TotalPages = 32768,
                OnlineVcpus = 1,
                MaxVcpuId = 0,
            },
            ValidPorts = 64,
        };
        for (var sample = 0; sample < SampleCount; sample++)
            domain.Samples.Add(
                new DomainSample(Pages.TwoLevel(domId))
                {
                    TakenAt = s_start.AddSeconds(sample),
                    Frame = 0x10,
                    Vcpus = [new VcpuRunState(0, true, true, false, (ulong)sample)],
                });
        for (uint port = 1; port <= 8; port++)
            domain.Ports.Add(new EventChannelStatus(port, ChannelState.Interdomain, 0, 0, port + domId));
        domain.DeviceNodes["console/port"] = "2";
        domain.DeviceNodes["store/port"] = "1";
        return domain;
    }
}
