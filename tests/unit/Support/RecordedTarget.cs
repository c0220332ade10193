using XenShared.Hypervisor;
using XenShared.Targets;

namespace XenShared.Tests.Support;

/// <summary>Represents a fake target whose samples were all taken in the past, like those of a capture.</summary>
internal sealed class RecordedTarget(params ReadOnlySpan<FakeDomain> domains) : FakeTarget(domains), IXenDataSource
{
    public bool IsRealTime => false;

    public IReadOnlyList<DomainSample> ReadSamples(DomainInfo domain, bool runStates = true) => Domains[domain.DomId].Samples;
}
