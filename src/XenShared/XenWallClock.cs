using System.Globalization;

namespace XenShared;

/// <summary>The wall clock of a shared page: Unix time at Xen's system time 0, with the domain's own offset.</summary>
public sealed record XenWallClock
{
    /// <summary>Counts Xen's updates: two for each.</summary>
    public uint Version { get; init; }

    /// <summary>Gets the moment it names; null when the numbers are no date (a guest can write anything).</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Seconds since 1970, 64 bits.</summary>
    public ulong Seconds { get; init; }

    /// <summary>Nanoseconds.</summary>
    public uint Nanoseconds { get; init; }

    /// <summary>Returns the time in UTC, and the version, safe to show.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Time?.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff'Z'} (version {Version})");
}
