using XenShared.Hypervisor;

namespace XenShared.Targets;

/// <summary>A target whose samples were taken in the past: nothing is gained by waiting for another one.</summary>
public interface IRecordedSamples
{
    /// <summary>All samples of the domain, oldest first; empty when its page could not be read.</summary>
    IReadOnlyList<DomainSample> ReadSamples(ushort domId);
}
