using XenShared.Files;
using XenShared.Hypervisor;

namespace XenShared.Benchmarks;

/// <summary>Creates captures to measure with.</summary>
internal static class Captures
{
    private const int SampleCount = 3;

    private static readonly DateTimeOffset s_start = new(2026, 11, 22, 9, 30, 0, TimeSpan.Zero);

    /// <summary>Writes a capture of domains with 64 ports, of which 8 are bound.</summary>
    public static void Write(Stream output, IEnumerable<CapturedDomain> domains, bool compress = true)
    {
        using var writer = new CaptureWriter(
            output,
            compress,
            new HostInfo("bench", new XenVersion(4, 17, ".7"), "x86_64"),
            s_start,
            clock: null);
        foreach (var domain in domains) writer.Write(domain);
        writer.Complete();
    }

    /// <summary>Returns a capture of domains with 64 ports, of which 8 are bound.</summary>
    public static byte[] Create(int domainCount, bool compress = true)
    {
        using var output = new MemoryStream();
        Write(output, Enumerable.Range(0, domainCount).Select(domId => Domain((ushort)domId)), compress);
        return output.ToArray();
    }

    /// <summary>Writes the file of a capture of domains whose ports are all bound, except port 0.</summary>
    public static int WriteFile(string file, int domainCount, int portsPerDomain)
    {
        using var output = File.Create(file);
        Write(
            output,
            Enumerable.Range(1, domainCount).Select(domId => Domain((ushort)domId, portsPerDomain, (uint)(portsPerDomain + 64) / 64 * 64)));
        return 0;
    }

    /// <summary>Creates a domain.</summary>
    public static CapturedDomain Domain(ushort domId, int boundPorts = 8, uint validPorts = 64)
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
            ValidPorts = validPorts,
        };
        for (var sample = 0; sample < SampleCount; sample++)
            domain.Samples.Add(
                new DomainSample(Pages.TwoLevel(domId))
                {
                    TakenAt = s_start.AddSeconds(sample),
                    Frame = 0x10,
                    Vcpus = [new VcpuRunState(0, true, true, false, (ulong)sample)],
                });
        for (uint port = 1; port <= boundPorts; port++)
            domain.Ports.Add(new EventChannelStatus(port, ChannelState.Interdomain, 0, 0, port + domId));
        domain.DeviceNodes["console/port"] = "2";
        domain.DeviceNodes["store/port"] = "1";
        return domain;
    }
}
