using XenShared.Layout;

namespace XenShared.Reports;

/// <summary>Computes how far wall clocks are apart.</summary>
public static class ClockOffset
{
    // What a wall clock can name without being nonsense that a guest wrote: the year 2200.
    private const ulong LatestSecond = 7_258_118_400;
    private const uint NanosecondsInSecond = 1_000_000_000;

    /// <summary>Returns how far a domain's clock is ahead of the control domain's; null when one is missing, or names no time.</summary>
    public static TimeSpan? Between(XenWallClock? clock, WallClockContent? control) =>
        Between(clock, control is { } known ? new XenWallClock { Seconds = known.Seconds, Nanoseconds = known.Nanoseconds } : null);

    /// <summary>Returns the same for two clocks that were read from pages.</summary>
    public static TimeSpan? Between(XenWallClock? clock, XenWallClock? control) =>
        Ticks(clock) is { } its && Ticks(control) is { } own ? TimeSpan.FromTicks(its - own) : null;

    private static long? Ticks(XenWallClock? clock) =>
        clock is { Seconds: < LatestSecond, Nanoseconds: < NanosecondsInSecond }
            ? (long)clock.Seconds * TimeSpan.TicksPerSecond + clock.Nanoseconds / 100
            : null;
}
