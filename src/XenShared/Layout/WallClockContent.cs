namespace XenShared.Layout;

/// <summary>Represents the wall clock in the page: the Unix time at Xen's system time 0.</summary>
/// <param name="Version">The version counter, which is odd while Xen writes the clock.</param>
/// <param name="Seconds">The 64-bit seconds: <c>wc_sec_hi</c> and <c>wc_sec</c>.</param>
/// <param name="Nanoseconds">The nanoseconds. Xen writes a number below 10^9; a guest can write anything.</param>
public readonly record struct WallClockContent(uint Version, ulong Seconds, uint Nanoseconds)
{
    /// <summary>Reads the wall clock of a page.</summary>
    public static WallClockContent Decode(ReadOnlySpan<byte> page, SharedInfoLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return new(
            (uint)layout.WallClockVersion.Read(page),
            layout.WallClockSecondsHigh.Read(page) << 32 | layout.WallClockSeconds.Read(page),
            (uint)layout.WallClockNanoseconds.Read(page));
    }

    /// <summary>Stores the wall clock in a copy of a page. Not for live pages: it ignores the write order that readers need.</summary>
    public void Encode(Span<byte> page, SharedInfoLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        layout.WallClockVersion.Write(page, Version);
        layout.WallClockSeconds.Write(page, (uint)Seconds);
        layout.WallClockSecondsHigh.Write(page, Seconds >> 32);
        layout.WallClockNanoseconds.Write(page, Nanoseconds);
    }

    /// <summary>
    /// Gets a value indicating whether Xen can have written this clock: the version is even and not 0, the time is in the years 1970 to
    /// 2200, and the nanoseconds are below a second.
    /// </summary>
    public bool IsPlausible => Version != 0 && (Version & 1) == 0 && Seconds is > 0 and < 7_258_118_400 && Nanoseconds < 1_000_000_000;
}
