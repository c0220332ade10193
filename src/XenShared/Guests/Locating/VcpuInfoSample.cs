using XenShared.Hypervisor;

namespace XenShared.Guests.Locating;

/// <summary>Represents a sample of several records of a guest at about the same time.</summary>
/// <param name="TakenAt">The time.</param>
/// <param name="Vcpus">The run states of the vCPUs, read before the records.</param>
/// <param name="Records">A copy of each record; null if its page could not be read, or its clock not consistently.</param>
internal sealed record VcpuInfoSample(DateTimeOffset TakenAt, IReadOnlyList<VcpuRunState> Vcpus, IReadOnlyList<byte[]?> Records)
{
    /// <summary>Returns the run state of a vCPU; null if Xen did not report it.</summary>
    public VcpuRunState? Vcpu(int number)
    {
        foreach (var vcpu in Vcpus)
        {
            if (vcpu.Vcpu == number) return vcpu;
        }
        return null;
    }
}
