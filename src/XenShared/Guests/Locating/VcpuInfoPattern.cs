using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using XenShared.Layout;

namespace XenShared.Guests.Locating;

/// <summary>
/// Recognizes a vCPU record (<c>vcpu_info</c>) in guest memory by its clock. The multiplier and shift of the TSC are almost the same as in
/// the frozen slots of the shared page (Xen recalibrates, so the multiplier drifts). These eight bytes are rare enough for a search. Then
/// the upcall bytes and the other fields of the clock are checked. The selector is not, because its offset depends on the width of the
/// guest when it registered the record.
/// </summary>
public sealed class VcpuInfoPattern
{
    // Both x86 layouts have the clock at the same offset.
    private static readonly VcpuInfoLayout s_layout = SharedInfoLayout.X86_64.Vcpu;

    // The offset of the eight bytes that contain the multiplier, the shift, the flags and padding.
    private static readonly int s_scaleOffset = s_layout.TscToSystemMul.Offset;

    // Selects the multiplier, the shift and the padding, but not the two flags (bits of PvclockFlags), which can differ.
    private const ulong ScaleMask = 0xffff_fcff_ffff_ffff;

    // The accepted relative deviation of the multiplier. It is larger than any drift, but still excludes most values in memory.
    private const double Tolerance = 0.1;

    // Selects bits for a quick comparison: the shift, the padding, and the highest bit of the multiplier, which Xen keeps set. All accepted
    // words with one shift have the same values of these bits. The highest bit of the word is not selected. So the XOR of two selections is
    // never negative, and subtracting 1 makes it negative only if they are equal.
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

    /// <summary>Creates a pattern from the clocks of the slots in the shared page; null if no slot was ever filled by Xen.</summary>
    public static VcpuInfoPattern? FromSlots(IEnumerable<VcpuTimeContent> slots)
    {
        ArgumentNullException.ThrowIfNull(slots);
        var scales = slots.Where(time => time.Version != 0 && time.TscToSystemMul >= 1u << 31)
            .SelectMany(time => ScalesAround(time.TscToSystemMul, time.TscShift)).Distinct().ToArray();
        return scales.Length > 0 ? new VcpuInfoPattern(scales) : null;
    }

    /// <summary>Creates a pattern from the frequency of the guest's TSC.</summary>
    /// <param name="hertz">The frequency, above 0.</param>
    public static VcpuInfoPattern FromTscFrequency(ulong hertz)
    {
        var (multiplier, shift) = ScaleOf(hertz);
        return new VcpuInfoPattern(ScalesAround(multiplier, shift).ToArray());
    }

    /// <summary>
    /// Returns the multiplier and shift that Xen chooses for a frequency. The shift brings the multiplier into the upper half of its range
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

    /// <summary>Finds the next place in a page that looks like a record.</summary>
    /// <param name="page">4,096 bytes.</param>
    /// <param name="from">The start offset: 0, or 8 bytes after the last result.</param>
    /// <returns>The offset of the record; -1 if there is none.</returns>
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
    /// Determines whether the bytes of <paramref name="record"/> look like a record. Xen may be writing to them at the same time.
    /// </summary>
    public bool Matches(ReadOnlySpan<byte> record) => IsScale(MemoryMarshal.Read<ulong>(record[s_scaleOffset..])) && IsRecord(record);

    // Returns the index of the next word with an accepted multiplier and shift; the length if there is none. All guest memory passes
    // through this method, so almost every block is rejected with one or two branches. AggressiveOptimization makes the first search fast
    // too.
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
        // The clock of a record has four words in a row that are positive as signed numbers: version, TSC, system time, and multiplier with
        // shift. So if every fourth word of a block is negative or zero, as in unused memory, no clock ends in the block. The subtraction
        // of 1 makes a zero negative too.
        if ((long)(
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
            // The XOR is 0 if the bits that SignMask selects equal sign. Otherwise it is positive as a signed number, because SignMask does
            // not select the highest bit. So subtracting 1 gives a negative number only for a word with these bits.
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

    // Returns the accepted ranges of the multiplier, each combined with its shift. Xen chooses the shift so that the highest bit of the
    // multiplier is set. If the multiplier drifts past a limit of this range, Xen changes the shift by one and doubles or halves the
    // multiplier.
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
