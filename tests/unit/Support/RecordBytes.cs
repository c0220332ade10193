using XenShared.Fuzz.Samples;
using XenShared.Layout;

namespace XenShared.Tests.Support;

/// <summary>Creates records as Xen writes them, of 64 bytes each.</summary>
internal static class RecordBytes
{
    /// <summary>The multiplier of the host's clock, in the middle of its range.</summary>
    public const uint Multiplier = 0xc000_0000;

    public const sbyte Shift = -1;

    public static VcpuTimeContent Time(
        uint version = 100,
        ulong systemTime = 70_000_000_000,
        uint multiplier = Multiplier,
        sbyte shift = Shift,
        byte flags = 1
    ) => new(version, 123_456_789, systemTime, multiplier, shift, flags);

    public static byte[] Create(VcpuTimeContent time, byte upcallPending = 0, ulong selector = ulong.MaxValue)
    {
        var record = new byte[SharedInfoLayout.X86_64.Vcpu.Size];
        new VcpuInfoContent(upcallPending, 0, selector, 0, time).Encode(record, SharedInfoLayout.X86_64.Vcpu);
        return record;
    }

    public static byte[] Create(uint version, ulong systemTime) => Create(Time(version, systemTime));
}
