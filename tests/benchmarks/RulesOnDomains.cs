using BenchmarkDotNet.Attributes;
using XenShared.Diagnosis;
using XenShared.Diagnosis.Evidence;
using XenShared.Queries;
using XenShared.Targets.Simulated;

namespace XenShared.Benchmarks;

/// <summary>Measures the fault rules on 1,000 simulated domains, compared with taking the samples that they need.</summary>
public class RulesOnDomains
{
    private static readonly SimulatedTarget s_target = new(HostSize.Domains);

    private readonly IgnoringObserver _observer = new();
    private FaultQuery? _query;
    private IReadOnlyList<IReadOnlyList<DomainSnapshot>> _snapshots = [];

    [GlobalSetup]
    public void Prepare()
    {
        _query = new FaultQuery(s_target, _observer) { PausesVcpus = false };
        TakeSnapshots();
    }

    [Benchmark(Baseline = true)]
    public int TakeSnapshots()
    {
        var domains = DomainSelection.All.Read(s_target, _observer, default);
        _snapshots = _query!.TakeSnapshots(domains, DomainSelection.All, default);
        return _snapshots.Count;
    }

    [Benchmark]
    public int Evaluate() => _query!.Diagnose(_snapshots, DomainSelection.All, default).Sum(domain => domain.Faults.Count);
}
