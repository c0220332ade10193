using XenShared.Layout;

namespace XenShared.Queries;

/// <summary>Computes the offset between wall clocks.</summary>
public static class ClockOffset
{
    // The year 2200. A guest can write any value to its wall clock, so a value after this year is treated as not valid.
    private const ulong LatestSecond = 7_258_118_400;
    private const uint NanosecondsInSecond = 1_000_000_000;

    /// <summary>Returns the time by which a domain's clock is ahead of the control domain's; null if one is missing or not valid.</summary>
    public static TimeSpan? Between(XenWallClock? clock, WallClockContent? control) =>
        Between(clock, control is { } known ? new XenWallClock { Seconds = known.Seconds, Nanoseconds = known.Nanoseconds } : null);

    /// <summary>Returns the time by which the first clock is ahead of the second; null if one is missing or not valid.</summary>
    public static TimeSpan? Between(XenWallClock? clock, XenWallClock? control) =>
        Ticks(clock) is { } its && Ticks(control) is { } own ? TimeSpan.FromTicks(its - own) : null;

    private static long? Ticks(XenWallClock? clock) =>
        clock is { Seconds: < LatestSecond, Nanoseconds: < NanosecondsInSecond }
            ? (long)clock.Seconds * TimeSpan.TicksPerSecond + clock.Nanoseconds / 100
            : null;
}
