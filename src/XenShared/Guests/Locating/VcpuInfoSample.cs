using XenShared.Hypervisor;

namespace XenShared.Guests.Locating;

/// <summary>One look at several records of a guest at about the same moment.</summary>
/// <param name="TakenAt">When.</param>
/// <param name="Vcpus">Run times, read before the records.</param>
/// <param name="Records">A copy of each record; null where its page could not be read or its clock did not rest.</param>
internal sealed record VcpuInfoSample(DateTimeOffset TakenAt, IReadOnlyList<VcpuRunState> Vcpus, IReadOnlyList<byte[]?> Records)
{
    /// <summary>Returns what a vCPU had run; null when Xen did not tell.</summary>
    public VcpuRunState? Vcpu(int number)
    {
        foreach (var vcpu in Vcpus)
        {
            if (vcpu.Vcpu == number) return vcpu;
        }
        return null;
    }
}
