using XenShared.Hypervisor;
using XenShared.Targets;

namespace XenShared.Tests.Support;

/// <summary>A fake target of which all samples were taken in the past, as a capture's.</summary>
internal sealed class RecordedTarget(params ReadOnlySpan<FakeDomain> domains) : FakeTarget(domains), IRecordedSamples
{
    public IReadOnlyList<DomainSample> ReadSamples(ushort domId) => Domains[domId].Samples;
}
