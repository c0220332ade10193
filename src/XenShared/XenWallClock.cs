using System.Globalization;

namespace XenShared;

/// <summary>Represents the wall clock of a shared page: the Unix time at Xen's system time 0, plus the domain's time offset.</summary>
public sealed record XenWallClock
{
    /// <summary>Gets the version counter, which Xen increments twice per update.</summary>
    public uint Version { get; internal init; }

    /// <summary>Gets the date and time; null if the numbers are not a valid date (a guest can write anything).</summary>
    public DateTimeOffset? Time { get; internal init; }

    /// <summary>Gets the seconds since 1970, 64 bits.</summary>
    public ulong Seconds { get; internal init; }

    /// <summary>Gets the nanoseconds.</summary>
    public uint Nanoseconds { get; internal init; }

    /// <summary>Returns the time in UTC and the version, safe to display.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Time?.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff'Z'} (version {Version})");
}
