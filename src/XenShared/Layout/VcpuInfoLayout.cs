namespace XenShared.Layout;

/// <summary>Describes the members of <c>vcpu_info</c> and their offsets from its start.</summary>
public sealed class VcpuInfoLayout
{
    /// <summary>The size of <c>vcpu_time_info</c> in bytes. The offsets of its members are the same in each layout.</summary>
    internal const int TimeSize = 32;

    internal const int TscTimestampOffset = 8;
    internal const int SystemTimeOffset = 16;
    internal const int TscToSystemMulOffset = 24;
    internal const int TscShiftOffset = 28;
    internal const int FlagsOffset = 29;

    internal VcpuInfoLayout(int size, int word, bool hasUpcallMask, int? cr2, int time)
    {
        Size = size;
        UpcallPending = new("evtchn_upcall_pending", 0, 1);
        UpcallMask = hasUpcallMask ? new("evtchn_upcall_mask", 1, 1) : null;
        PendingSelector = new("evtchn_pending_sel", word, word);
        Cr2 = cr2 is { } offset ? new("arch.cr2", offset, word) : null;
        TimeOffset = time;
        Version = new("time.version", time, 4);
        TscTimestamp = new("time.tsc_timestamp", time + TscTimestampOffset, 8);
        SystemTime = new("time.system_time", time + SystemTimeOffset, 8);
        TscToSystemMul = new("time.tsc_to_system_mul", time + TscToSystemMulOffset, 4);
        TscShift = new("time.tsc_shift", time + TscShiftOffset, 1, Signed: true);
        Flags = new("time.flags", time + FlagsOffset, 1);
    }

    /// <summary>Gets the size of a <c>vcpu_info</c> in bytes: 64 on x86, 48 on Arm.</summary>
    public int Size { get; }

    /// <summary>
    /// Gets the upcall pending byte. Xen sets it to 1 when the vCPU has pending events. The guest clears it before it looks for these
    /// events.
    /// </summary>
    public LayoutField UpcallPending { get; }

    /// <summary>
    /// Gets the upcall mask. A PV guest sets it to 1 while it does not want to be interrupted by events. Null on Arm, where the byte is
    /// padding.
    /// </summary>
    public LayoutField? UpcallMask { get; }

    /// <summary>
    /// Gets the pending selector. Bit n is set if the guest must check word n of the pending bitmap. On Arm the selector has eight bytes,
    /// even in a 32-bit guest.
    /// </summary>
    public LayoutField PendingSelector { get; }

    /// <summary>Gets the address of the last page fault of a PV guest; null on Arm.</summary>
    public LayoutField? Cr2 { get; }

    /// <summary>Gets the offset in bytes of the clock, <c>vcpu_time_info</c> (32 bytes).</summary>
    public int TimeOffset { get; }

    /// <summary>Gets the version counter of the clock, which is odd while Xen writes it.</summary>
    public LayoutField Version { get; }

    /// <summary>Gets the guest's TSC at the time when Xen last updated the clock.</summary>
    public LayoutField TscTimestamp { get; }

    /// <summary>Gets the nanoseconds from Xen's start to the last update of the clock.</summary>
    public LayoutField SystemTime { get; }

    /// <summary>Gets the number of nanoseconds per shifted TSC tick, in units of 2^-32 (<see cref="TscShift"/>).</summary>
    public LayoutField TscToSystemMul { get; }

    /// <summary>
    /// Gets the number of bits by which TSC ticks are shifted left before the multiplication; if it is negative, they are shifted right.
    /// </summary>
    public LayoutField TscShift { get; }

    /// <summary>Gets the flags of the clock, which are bits of <see cref="PvclockFlags"/>.</summary>
    public LayoutField Flags { get; }

    /// <summary>Gets all fields of this layout, in the order of offsets.</summary>
    public IEnumerable<LayoutField> Fields
    {
        get
        {
            yield return UpcallPending;
            if (UpcallMask is { } mask) yield return mask;
            yield return PendingSelector;
            if (Cr2 is { } cr2) yield return cr2;
            yield return Version;
            yield return TscTimestamp;
            yield return SystemTime;
            yield return TscToSystemMul;
            yield return TscShift;
            yield return Flags;
        }
    }
}
