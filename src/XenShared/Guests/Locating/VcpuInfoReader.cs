using XenShared.Layout;
using XenShared.Targets;

using XenShared.Guests.Memory;
namespace XenShared.Guests.Locating;

/// <summary>
/// Reads vCPU records (<c>vcpu_info</c>) in guest memory. The clock of each copy is consistent: Xen did not write to it during the copy.
/// </summary>
internal sealed class VcpuInfoReader(IXenDataSource target, IGuestMemory memory)
{
    private static readonly VcpuInfoLayout s_layout = SharedInfoLayout.X86_64.Vcpu;
    private static readonly SeqlockRange s_time = SeqlockRange.RecordTime(s_layout);

    /// <summary>Reads the run states of the vCPUs, and then copies the record at each address.</summary>
    /// <exception cref="XenException">The guest has ended.</exception>
    public VcpuInfoSample ReadSample(ushort domId, IReadOnlyList<GuestAddress> records)
    {
        var vcpus = target.ReadSample(domId).Vcpus;
        var copies = new byte[]?[records.Count];
        var takenAt = TimeProvider.System.GetUtcNow();
        memory.VisitFrames(domId, [.. records.Select(record => record.Frame)], (index, page) =>
        {
            var live = page.Slice(records[index].Offset, s_layout.Size);
            var copy = new byte[s_layout.Size];
            SeqlockRange.CopyWords(live, copy);
            if (s_time.TryReadConsistent(live, copy)) copies[index] = copy;
        });
        return new VcpuInfoSample(takenAt, vcpus, copies);
    }

    /// <summary>Returns the version counter of a record's clock.</summary>
    public static uint Version(ReadOnlySpan<byte> record) => (uint)s_layout.Version.Read(record);

    /// <summary>Returns the system time of a record's clock, in nanoseconds.</summary>
    public static ulong SystemTime(ReadOnlySpan<byte> record) => s_layout.SystemTime.Read(record);
}
