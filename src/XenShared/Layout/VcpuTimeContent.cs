using System.Buffers.Binary;

namespace XenShared.Layout;

/// <summary>Represents the values of a <c>vcpu_time_info</c>, the clock of a vCPU.</summary>
public readonly record struct VcpuTimeContent(
    uint Version,
    ulong TscTimestamp,
    ulong SystemTime,
    uint TscToSystemMul,
    sbyte TscShift,
    byte Flags)
{
    /// <summary>Reads the clock from the <c>vcpu_info</c> at the start of <paramref name="record"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The <paramref name="record"/> is too short.</exception>
    public static VcpuTimeContent Decode(ReadOnlySpan<byte> record, VcpuInfoLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        // Every sample decodes up to 32 clocks. One check of the length and constant offsets take a third of the time of six LayoutFields.
        var time = record.Slice(layout.TimeOffset, VcpuInfoLayout.TimeSize);
        return new(
            BinaryPrimitives.ReadUInt32LittleEndian(time),
            BinaryPrimitives.ReadUInt64LittleEndian(time[VcpuInfoLayout.TscTimestampOffset..]),
            BinaryPrimitives.ReadUInt64LittleEndian(time[VcpuInfoLayout.SystemTimeOffset..]),
            BinaryPrimitives.ReadUInt32LittleEndian(time[VcpuInfoLayout.TscToSystemMulOffset..]),
            (sbyte)time[VcpuInfoLayout.TscShiftOffset],
            time[VcpuInfoLayout.FlagsOffset]);
    }

    /// <summary>Reads the clocks of all vCPU slots of a page.</summary>
    public static VcpuTimeContent[] DecodeSlots(ReadOnlySpan<byte> page, SharedInfoLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        var slots = new VcpuTimeContent[layout.SlotCount];
        for (var slot = 0; slot < slots.Length; slot++) slots[slot] = Decode(page[(slot * layout.Vcpu.Size)..], layout.Vcpu);
        return slots;
    }
}
