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
        return new(
            (uint)layout.Version.Read(record),
            layout.TscTimestamp.Read(record),
            layout.SystemTime.Read(record),
            (uint)layout.TscToSystemMul.Read(record),
            (sbyte)layout.TscShift.Read(record),
            (byte)layout.Flags.Read(record));
    }

    /// <summary>Reads the clocks of all vCPU slots of a page.</summary>
    public static VcpuTimeContent[] DecodeSlots(ReadOnlySpan<byte> page, SharedInfoLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        var slots = new VcpuTimeContent[layout.SlotCount];
        for (var slot = 0; slot < slots.Length; slot++) slots[slot] = Decode(page[layout.SlotOffset(slot)!.Value..], layout.Vcpu);
        return slots;
    }
}
