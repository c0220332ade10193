using XenShared.Layout;

namespace XenShared.Fuzz.Samples;

/// <summary>Holds the values of one <c>vcpu_info</c> in memory.</summary>
/// <param name="UpcallPending">Set by Xen; any non-zero byte counts as set.</param>
/// <param name="UpcallMask">Null on Arm.</param>
/// <param name="PendingSelector">The pending selector: bit n is set if word n of the pending bitmap must be checked.</param>
/// <param name="Cr2">Null on Arm.</param>
/// <param name="Time">The clock record.</param>
public readonly record struct VcpuInfoContent(byte UpcallPending, byte? UpcallMask, ulong PendingSelector, ulong? Cr2, VcpuTimeContent Time)
{
    /// <summary>Reads a record that starts at the start of <paramref name="record"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The span is shorter than the record.</exception>
    public static VcpuInfoContent Decode(ReadOnlySpan<byte> record, VcpuInfoLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return new(
            (byte)layout.UpcallPending.Read(record),
            layout.UpcallMask is { } mask ? (byte)mask.Read(record) : null,
            layout.PendingSelector.Read(record),
            layout.Cr2?.Read(record),
            VcpuTimeContent.Decode(record, layout));
    }

    /// <summary>Stores the values. Padding bytes are not changed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The span is too short, or a value does not fit in its field.</exception>
    public void Encode(Span<byte> record, VcpuInfoLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        layout.UpcallPending.Write(record, UpcallPending);
        layout.UpcallMask?.Write(record, UpcallMask ?? 0);
        layout.PendingSelector.Write(record, PendingSelector);
        layout.Cr2?.Write(record, Cr2 ?? 0);
        layout.Version.Write(record, Time.Version);
        layout.TscTimestamp.Write(record, Time.TscTimestamp);
        layout.SystemTime.Write(record, Time.SystemTime);
        layout.TscToSystemMul.Write(record, Time.TscToSystemMul);
        layout.TscShift.Write(record, (byte)Time.TscShift);
        layout.Flags.Write(record, Time.Flags);
    }
}
