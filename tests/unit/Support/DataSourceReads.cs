using XenShared.Hypervisor;
using XenShared.Targets;

namespace XenShared.Tests.Support;

/// <summary>Reads by number, for tests that have not listed the domain.</summary>
internal static class DataSourceReads
{
    public static IReadOnlyList<DomainSample> ReadSamples(this IXenDataSource source, ushort domId) =>
        source.ReadSamples(source.ReadDomain(domId));
}
