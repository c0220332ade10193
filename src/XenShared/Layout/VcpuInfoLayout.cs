namespace XenShared.Layout;

/// <summary>Describes the offsets of the members of <c>vcpu_info</c> from the start of the record.</summary>
public sealed class VcpuInfoLayout
{
    internal VcpuInfoLayout(int size, int word, bool hasUpcallMask, int? cr2, int time)
    {
        Size = size;
        UpcallPending = new("evtchn_upcall_pending", 0, 1);
        UpcallMask = hasUpcallMask ? new("evtchn_upcall_mask", 1, 1) : null;
        PendingSelector = new("evtchn_pending_sel", word, word);
        Cr2 = cr2 is { } offset ? new("arch.cr2", offset, word) : null;
        TimeOffset = time;
        Version = new("time.version", time, 4);
        TscTimestamp = new("time.tsc_timestamp", time + 8, 8);
        SystemTime = new("time.system_time", time + 16, 8);
        TscToSystemMul = new("time.tsc_to_system_mul", time + 24, 4);
        TscShift = new("time.tsc_shift", time + 28, 1, Signed: true);
        Flags = new("time.flags", time + 29, 1);
    }

    /// <summary>Gets the size of a record in bytes: 64 on x86, 48 on Arm.</summary>
    public int Size { get; }

    /// <summary>Gets the upcall pending byte. Xen sets it when events are pending. The guest clears it before checking them.</summary>
    public LayoutField UpcallPending { get; }

    /// <summary>Gets a PV guest's upcall mask (interrupts off); null on Arm, where the byte is padding.</summary>
    public LayoutField? UpcallMask { get; }

    /// <summary>
    /// Gets the pending selector: bit n is set if word n of the pending bitmap must be checked. On Arm it has eight bytes, also in a 32-bit
    /// guest.
    /// </summary>
    public LayoutField PendingSelector { get; }

    /// <summary>Gets a PV guest's page fault address; null on Arm.</summary>
    public LayoutField? Cr2 { get; }

    /// <summary>Gets the offset of <c>vcpu_time_info</c> (32 bytes).</summary>
    public int TimeOffset { get; }

    /// <summary>Gets the version counter of the clock, which is odd while Xen writes it.</summary>
    public LayoutField Version { get; }

    /// <summary>Gets the guest's TSC at the update.</summary>
    public LayoutField TscTimestamp { get; }

    /// <summary>Gets the nanoseconds from Xen's start to the update.</summary>
    public LayoutField SystemTime { get; }

    /// <summary>Gets the multiplier from TSC ticks to nanoseconds, as a 32-bit fraction.</summary>
    public LayoutField TscToSystemMul { get; }

    /// <summary>Gets the shift of the ticks before the multiplication. A negative value shifts right.</summary>
    public LayoutField TscShift { get; }

    /// <summary>Gets the bits of <see cref="PvclockFlags"/>.</summary>
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
