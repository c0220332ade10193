using XenShared.Layout;
using XenShared.Targets;

using XenShared.Guests.Memory;
namespace XenShared.Guests.Locating;

/// <summary>Reads records in a guest's memory, each clock at rest.</summary>
internal sealed class VcpuInfoReader(IXenDataSource target, IGuestMemory memory)
{
    private static readonly VcpuInfoLayout s_layout = SharedInfoLayout.X86_64.Vcpu;
    private static readonly SeqlockRange s_time = SeqlockRange.RecordTime(s_layout);

    /// <summary>
    /// By how many nanoseconds a record's system time can step back: it is the time of the last calibration of the processor that the vCPU
    /// runs on, once a second, and another processor's may be older.
    /// </summary>
    public const ulong MaximumBackwardStep = 2_000_000_000;

    /// <summary>Looks at records.</summary>
    /// <exception cref="XenException">The guest went away.</exception>
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

    /// <summary>A record's version.</summary>
    public static uint Version(ReadOnlySpan<byte> record) => (uint)s_layout.Version.Read(record);

    /// <summary>A record's system time.</summary>
    public static ulong SystemTime(ReadOnlySpan<byte> record) => s_layout.SystemTime.Read(record);
}
