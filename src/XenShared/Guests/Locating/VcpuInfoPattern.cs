using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using XenShared.Layout;

namespace XenShared.Guests.Locating;

/// <summary>
/// Recognizes a <c>vcpu_info</c> record in guest memory. Its clock part has the multiplier and shift of the host's TSC, nearly as the
/// frozen slots of the shared page have them (Xen calibrates anew, so the multiplier drifts), and those eight bytes are rare enough to
/// search for. The rest is checked after that. Bytes 2 to 7 are not: a guest that registered while Xen took it for 32 bits wide has a
/// selector at offset 4.
/// </summary>
public sealed class VcpuInfoPattern
{
    // Both x86 layouts have the clock part at the same place.
    private static readonly VcpuInfoLayout s_layout = SharedInfoLayout.X86_64.Vcpu;

    // Where the eight bytes with multiplier, shift, flags and padding begin.
    private static readonly int s_scaleOffset = s_layout.TscToSystemMul.Offset;

    // The multiplier with shift and padding, but without the two flags (bits of PvclockFlags).
    private const ulong ScaleMask = 0xffff_fcff_ffff_ffff;

    // Wide enough for every drift, and still one value in ten.
    private const double Tolerance = 0.1;

    // Of these bits every scale of one shift has the same: Xen keeps the multiplier in its upper half, so its highest bit is set. The
    // highest bit of all is left out.
    private const ulong SignMask = ScaleMask & 0x7fff_ffff_8000_0000;

    private const int WordsPerBlock = 32;

    private readonly (ulong Low, ulong Span)[] _scales;
    private readonly ulong[] _signs;

    private VcpuInfoPattern((ulong Low, ulong Span)[] scales)
    {
        _scales = scales;
        var signs = new HashSet<ulong>();
        foreach (var (low, _) in scales) signs.Add(low & SignMask);
        _signs = new ulong[signs.Count];
        signs.CopyTo(_signs);
    }

    /// <summary>Takes the clocks of the shared page's slots as the measure; null when no slot was ever filled.</summary>
    public static VcpuInfoPattern? FromSlots(IEnumerable<VcpuTimeContent> slots)
    {
        ArgumentNullException.ThrowIfNull(slots);
        var scales = slots.Where(time => time.Version != 0 && time.TscToSystemMul >= 1u << 31)
            .SelectMany(time => ScalesAround(time.TscToSystemMul, time.TscShift)).Distinct().ToArray();
        return scales.Length > 0 ? new VcpuInfoPattern(scales) : null;
    }

    /// <summary>Takes the frequency of the guest's TSC as the measure.</summary>
    /// <param name="hertz">The frequency, above 0.</param>
    public static VcpuInfoPattern FromTscFrequency(ulong hertz)
    {
        var (multiplier, shift) = ScaleOf(hertz);
        return new VcpuInfoPattern(ScalesAround(multiplier, shift).ToArray());
    }

    /// <summary>
    /// Returns the multiplier and shift that Xen chooses for a frequency: the shift that brings the multiplier into its upper half
    /// (<c>set_time_scale</c> in <c>xen/arch/x86/time.c</c>).
    /// </summary>
    /// <param name="hertz">The frequency, above 0.</param>
    internal static (uint Multiplier, sbyte Shift) ScaleOf(ulong hertz)
    {
        ArgumentOutOfRangeException.ThrowIfZero(hertz);
        const ulong second = 1_000_000_000;
        var shift = 0;
        for (; hertz > 2 * second; hertz >>= 1) shift--;
        for (; hertz <= second; hertz <<= 1) shift++;
        return ((uint)((second << 32) / hertz), (sbyte)shift);
    }

    /// <summary>Finds the next record of a page.</summary>
    /// <param name="page">4,096 bytes.</param>
    /// <param name="from">Where to begin: 0, or 8 bytes past the last find.</param>
    /// <returns>Its offset; -1 when there is none.</returns>
    public int Next(ReadOnlySpan<byte> page, int from)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(page);
        for (var at = NextScale(words, (from + s_scaleOffset) / sizeof(ulong)); at < words.Length; at = NextScale(words, at + 1))
        {
            var offset = at * sizeof(ulong) - s_scaleOffset;
            if (IsRecord(page[offset..])) return offset;
        }
        return -1;
    }

    /// <summary>
    /// Determines whether a record stands at the start of <paramref name="record"/>. Xen may be writing it at this moment.
    /// </summary>
    public bool Matches(ReadOnlySpan<byte> record) => IsScale(MemoryMarshal.Read<ulong>(record[s_scaleOffset..])) && IsRecord(record);

    // All of memory goes through here, so a block that holds no match, nearly every one, costs a branch or two; and the first search of a
    // session should not wait for a second compilation.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int NextScale(ReadOnlySpan<ulong> words, int from)
    {
        for (; from < words.Length; from++)
        {
            while (from + WordsPerBlock <= words.Length && !MayHoldScale(words.Slice(from, WordsPerBlock))) from += WordsPerBlock;
            if (from < words.Length && IsScale(words[from])) return from;
        }
        return words.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool MayHoldScale(ReadOnlySpan<ulong> block)
    {
        // The three words before a record's scale are its version, TSC and system time, and none of the four is zero or has its highest bit
        // set. So of a record every fourth word is positive, whichever comes first; of memory that a guest has not used yet, or filled with
        // poison or pointers, hardly one. Less 1, zero has that bit too.
        if (
            (long)(
                (block[28] - 1)
                & (block[24] - 1)
                & (block[20] - 1)
                & (block[16] - 1)
                & (block[12] - 1)
                & (block[8] - 1)
                & (block[4] - 1)
                & (block[0] - 1)
            ) < 0)
            return false;
        foreach (var sign in _signs)
        {
            var zeroes = 0UL;
            // Nothing but zero less 1 has the highest bit then.
            foreach (var word in block) zeroes |= ((word & SignMask) ^ sign) - 1;
            if ((long)zeroes < 0) return true;
        }
        return false;
    }

    private bool IsScale(ulong word)
    {
        foreach (var (low, span) in _scales)
        {
            if ((word & ScaleMask) - low <= span) return true;
        }
        return false;
    }

    private static bool IsRecord(ReadOnlySpan<byte> record)
    {
        var padding = MemoryMarshal.Read<uint>(record[(s_layout.TimeOffset + 4)..]);
        return record[0] <= 1 && record[1] <= 1 && padding == 0
            && s_layout.Version.Read(record) != 0
            && s_layout.TscTimestamp.Read(record) is > 0 and < long.MaxValue
            && s_layout.SystemTime.Read(record) is > 0 and < long.MaxValue;
    }

    // Xen keeps the multiplier in its upper half; what drifts over an edge comes back with the next shift.
    private static IEnumerable<(ulong Low, ulong Span)> ScalesAround(uint multiplier, sbyte shift)
    {
        var low = (ulong)(multiplier * (1 - Tolerance));
        var high = (ulong)(multiplier * (1 + Tolerance));
        yield return Scale(Math.Max(low, 1UL << 31), Math.Min(high, uint.MaxValue), shift);
        if (low < 1UL << 31) yield return Scale(low * 2, uint.MaxValue, (sbyte)(shift - 1));
        if (high > uint.MaxValue) yield return Scale(1UL << 31, high / 2, (sbyte)(shift + 1));
    }

    private static (ulong Low, ulong Span) Scale(ulong low, ulong high, sbyte shift) => ((ulong)(byte)shift << 32 | low, high - low);
}
