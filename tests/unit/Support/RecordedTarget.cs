using XenShared.Hypervisor;
using XenShared.Targets;

namespace XenShared.Tests.Support;

/// <summary>A fake target of which all samples were taken in the past, as a capture's.</summary>
internal sealed class RecordedTarget(params ReadOnlySpan<FakeDomain> domains) : FakeTarget(domains), IXenDataSource
{
    public bool IsRealTime => false;

    public IReadOnlyList<DomainSample> ReadSamples(DomainInfo domain, bool runStates = true) => Domains[domain.DomId].Samples;
}
