using XenShared.Hypervisor;

namespace XenShared.Guests.Locating;

/// <summary>Represents copies of several vCPU records (<c>vcpu_info</c>) of a guest, taken at about the same time.</summary>
/// <param name="TakenAt">The time when the records were copied.</param>
/// <param name="Vcpus">The run states of the vCPUs, read before the records.</param>
/// <param name="Records">A copy of each record; null if its page could not be read, or Xen wrote to its clock at each attempt.</param>
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
