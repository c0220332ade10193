using XenShared.Hypervisor;

namespace XenShared.Targets;

/// <summary>A target that holds what was found in its guests' memory when it was made: there is nothing to search.</summary>
public interface IRecordedLocations
{
    /// <summary>The domain's event array; null when it was not found, or not looked for.</summary>
    /// <param name="domId">The domain.</param>
    /// <param name="whyNot">Why it was not found; null when it was, or was not looked for.</param>
    LocatedEventArray? ReadEventArray(ushort domId, out XenException? whyNot);

    /// <summary>The domain's vCPU records outside its shared page; empty when none was found.</summary>
    /// <param name="domId">The domain.</param>
    /// <param name="whyNot">Why some were not found; null when none is missing, or they were not looked for.</param>
    IReadOnlyList<LocatedVcpuInfo> ReadVcpuRecords(ushort domId, out XenException? whyNot);
}
