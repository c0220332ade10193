using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace XenShared.Layout;

/// <summary>
/// Copies memory that others are writing: word by word, and what stands under a version counter until that rests
/// (<c>xen/include/xen/time.h</c>).
/// </summary>
internal static class SeqlockReader
{
    /// <summary>The maximum number of copies of a range. A guest can hold a counter odd indefinitely.</summary>
    public const int MaximumAttempts = 200;

    /// <summary>Copies a range until its counter is even and did not change meanwhile; false when it would not come to rest.</summary>
    /// <param name="live">The memory itself.</param>
    /// <param name="copy">As long as <paramref name="live"/>.</param>
    /// <param name="range">The range, and its counter in it.</param>
    public static bool TryReadConsistent(ReadOnlySpan<byte> live, Span<byte> copy, SeqlockRange range)
    {
        for (var attempt = 0; attempt < MaximumAttempts; attempt++)
        {
            var before = VolatileRead(live, range.Version);
            CopyWords(live.Slice(range.Offset, range.Length), copy.Slice(range.Offset, range.Length));
            var after = VolatileRead(live, range.Version);
            if (before == after && (before & 1) == 0)
            {
                // The counter itself lies in the range and was copied between two equal reads.
                range.Version.Write(copy, before);
                return true;
            }
            Thread.SpinWait(1 << Math.Min(attempt, 8));
        }
        return false;
    }

    /// <summary>
    /// Copies with aligned volatile loads, in order: no field of the copy is torn, and neither the compiler nor the processor moves a load
    /// in front of the one of a counter.
    /// </summary>
    public static void CopyWords(ReadOnlySpan<byte> live, Span<byte> copy)
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

    // The three-word ranges of 32-bit x86.
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
