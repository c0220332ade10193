using System.Globalization;

namespace XenShared;

/// <summary>
/// Represents the wall clock of a shared page: the date and time at Xen's system time 0 (its start), plus the time offset of the domain. It
/// is not the present time.
/// </summary>
public sealed record XenWallClock
{
    /// <summary>Gets the version counter, which Xen increments before and after each update, so that it is odd during the update.</summary>
    public uint Version { get; internal init; }

    /// <summary>Gets the date and time; null if the numbers are not a valid date (a guest can write anything).</summary>
    public DateTimeOffset? Time { get; internal init; }

    /// <summary>Gets the seconds since 1970 (64 bits, from <c>wc_sec</c> and <c>wc_sec_hi</c>).</summary>
    public ulong Seconds { get; internal init; }

    /// <summary>Gets the nanoseconds to add to <see cref="Seconds"/>.</summary>
    public uint Nanoseconds { get; internal init; }

    /// <summary>Returns the time in UTC and the version, safe to display.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Time?.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff'Z'} (version {Version})");
}
