namespace XenShared.Layout;

/// <summary>Represents the wall clock in the shared info page: the Unix time at which Xen's system time was 0.</summary>
/// <param name="Version">The version counter, which is odd while Xen writes the clock.</param>
/// <param name="Seconds">The seconds since 1970, from <c>wc_sec_hi</c> (upper 32 bits) and <c>wc_sec</c>.</param>
/// <param name="Nanoseconds">The nanoseconds. Xen writes a number below 10^9, but a guest can write any number.</param>
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

    /// <summary>
    /// Stores the wall clock in a copy of a page. Do not use it for a page in use, because its readers need the fields to be written in a
    /// certain order.
    /// </summary>
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
    /// 2199, and the nanoseconds are less than a second.
    /// </summary>
    public bool IsPlausible => Version != 0 && (Version & 1) == 0 && Seconds is > 0 and < 7_258_118_400 && Nanoseconds < 1_000_000_000;
}
