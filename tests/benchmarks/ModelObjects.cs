using BenchmarkDotNet.Attributes;
using XenShared.Files;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Benchmarks;

/// <summary>Measures creating the channel objects of a domain with 1,000 ports, compared with cloning as many objects.</summary>
public class ModelObjects
{
    private readonly IgnoringObserver _observer = new();
    private CaptureTarget? _target;
    private XenEventChannel[] _channels = [];

    [GlobalSetup]
    public void Prepare()
    {
        using var capture = new MemoryStream();
        Captures.Write(capture, [Captures.Domain(1, boundPorts: 1000, validPorts: 1024)]);
        capture.Position = 0;
        _target = CaptureTarget.From(CaptureReader.Read(capture, "bench"), "bench");
        _channels = [.. Query()];
    }

    [Benchmark(Baseline = true)]
    public int Clone()
    {
        var pending = 0;
        foreach (var channel in _channels)
        {
            if ((channel with { Port = channel.Port + 1 }).Pending == true) pending++;
        }
        return pending;
    }

    [Benchmark]
    public int Create()
    {
        var pending = 0;
        foreach (var channel in Query())
        {
            if (channel.Pending == true) pending++;
        }
        return pending;
    }

    private IEnumerable<XenEventChannel> Query() => new EventChannelQuery(_target!, _observer).Run(DomainSelection.All);
}
