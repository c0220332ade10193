using BenchmarkDotNet.Attributes;
using XenShared.Layout;

namespace XenShared.Benchmarks;

/// <summary>Measures finding the set bits of a mask with nearly all bits set, compared with a loop over each of its 4,096 ports.</summary>
public class BitmapScanning
{
    private readonly List<uint> _ports = new(SharedInfoLayout.X86_64.PortCount);
    private readonly byte[] _bitmap =
        Pages.TwoLevel().AsSpan(SharedInfoLayout.X86_64.MaskOffset, SharedInfoLayout.X86_64.BitmapBytes).ToArray();

    [Benchmark(Baseline = true)]
    public int Loop()
    {
        _ports.Clear();
        for (uint port = 0; port < _bitmap.Length * 8; port++)
        {
            if ((_bitmap[port / 8] >> (int)(port % 8) & 1) != 0) _ports.Add(port);
        }
        return _ports.Count;
    }

    [Benchmark]
    public int Scan()
    {
        _ports.Clear();
        EventBitmap.AddSetPorts(_bitmap, _ports);
        return _ports.Count;
    }
}
