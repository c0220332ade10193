using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace XenShared.Layout;

/// <summary>
/// Represents a range of bytes that Xen (or the guest) writes under a version counter. The writer makes the counter odd, writes the bytes,
/// and makes the counter even again (<c>xen/include/xen/time.h</c>).
/// </summary>
/// <param name="Name">The name of the range, such as <c>X86_64 wall clock</c>.</param>
/// <param name="Version">The counter and its offset in bytes, counted from the same place as <paramref name="Offset"/>.</param>
/// <param name="Offset">The offset of the range in bytes, from the start of the page or of the <c>vcpu_info</c>.</param>
/// <param name="Length">The length of the range in bytes.</param>
public readonly record struct SeqlockRange(string Name, LayoutField Version, int Offset, int Length)
{
    /// <summary>
    /// The maximum number of attempts to copy a range. A limit is necessary, because a guest can keep a counter odd forever.
    /// </summary>
    internal const int MaximumAttempts = 200;

    /// <summary>
    /// Returns the range of the wall clock. On 32-bit x86, the high 32 bits of the seconds are not part of it. This does no harm, because
    /// they change once in 136 years.
    /// </summary>
    public static SeqlockRange WallClock(SharedInfoLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        var end = layout.WallClockSecondsHigh.Offset == layout.WallClockNanoseconds.Offset + 4 ? 16 : 12;
        return new(WallClockName(layout.Layout), layout.WallClockVersion, layout.WallClockVersion.Offset, end);
    }

    /// <summary>Returns the range of the <c>vcpu_time_info</c> in the page, for the vCPU of slot <paramref name="slot"/>.</summary>
    public static SeqlockRange SlotTime(SharedInfoLayout layout, int slot)
    {
        ArgumentNullException.ThrowIfNull(layout);
        var time = slot * layout.Vcpu.Size + layout.Vcpu.TimeOffset;
        return new(SlotTimeName(slot), layout.Vcpu.Version with { Offset = time }, time, 32);
    }

    /// <summary>Returns the range of the <c>vcpu_time_info</c> in a <c>vcpu_info</c> that begins at offset 0 of the memory.</summary>
    public static SeqlockRange RecordTime(VcpuInfoLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return new("vCPU time", layout.Version, layout.TimeOffset, 32);
    }

    /// <summary>
    /// Returns the range of the P2M fields in <c>arch_shared_info</c>. The guest writes them and their counter, <c>p2m_generation</c>.
    /// </summary>
    public static SeqlockRange P2m(SharedInfoLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return new(P2mName(layout.Layout), layout.P2mGeneration, layout.P2mCr3.Offset, 3 * layout.WordBytes);
    }

    /// <summary>Returns the name of the wall clock range of a layout.</summary>
    public static string WallClockName(GuestLayout layout) => $"{layout} wall clock";

    /// <summary>Returns the name of the clock range of a slot, which is the same in both x86 layouts.</summary>
    public static string SlotTimeName(int slot) => $"vCPU {slot} time";

    /// <summary>Returns the name of the P2M range of a layout.</summary>
    public static string P2mName(GuestLayout layout) => $"{layout} P2M";

    /// <summary>Copies the range repeatedly until its counter is even and unchanged. Returns false after too many attempts.</summary>
    /// <param name="live">The memory that is being written.</param>
    /// <param name="copy">Receives the range at the same offset; as long as <paramref name="live"/>.</param>
    internal bool TryReadConsistent(ReadOnlySpan<byte> live, Span<byte> copy)
    {
        for (var attempt = 0; attempt < MaximumAttempts; attempt++)
        {
            var before = VolatileRead(live, Version);
            CopyWords(live.Slice(Offset, Length), copy.Slice(Offset, Length));
            var after = VolatileRead(live, Version);
            if (before == after && (before & 1) == 0)
            {
                // The copied range contains the counter too. The guest can have changed the counter and then restored it between the two
                // reads, so its copy can have another value. So the value that was checked is written to the copy.
                Version.Write(copy, before);
                return true;
            }
            Thread.SpinWait(1 << Math.Min(attempt, 8));
        }
        return false;
    }

    /// <summary>
    /// Copies words of 4 or 8 bytes with volatile loads, in order. So a field is never copied in two parts, and the bytes are read after
    /// the first and before the second read of the counter.
    /// </summary>
    internal static void CopyWords(ReadOnlySpan<byte> live, Span<byte> copy)
    {
        if (live.Length % 8 != 0)
        {
            CopyUInt32(live, copy);
            return;
        }
        var from = MemoryMarshal.Cast<byte, ulong>(live);
        var to = MemoryMarshal.Cast<byte, ulong>(copy);
        for (var word = 0; word < from.Length; word++)
            to[word] = Volatile.Read(ref Unsafe.AsRef(in from[word]));
    }

    // Copies words of 4 bytes. On 32-bit x86, the wall clock and the P2M fields consist of three such words each, so their length is not a
    // multiple of 8 bytes.
    private static void CopyUInt32(ReadOnlySpan<byte> live, Span<byte> copy)
    {
        var from = MemoryMarshal.Cast<byte, uint>(live);
        var to = MemoryMarshal.Cast<byte, uint>(copy);
        for (var word = 0; word < from.Length; word++)
            to[word] = Volatile.Read(ref Unsafe.AsRef(in from[word]));
    }

    private static ulong VolatileRead(ReadOnlySpan<byte> live, LayoutField field)
    {
        var at = live.Slice(field.Offset, field.Width);
        return field.Width == 8
            ? Volatile.Read(ref Unsafe.AsRef(in MemoryMarshal.AsRef<ulong>(at)))
            : Volatile.Read(ref Unsafe.AsRef(in MemoryMarshal.AsRef<uint>(at)));
    }
}
