using XenShared.Layout;

namespace XenShared.Poking;

/// <summary>Writes the wall clock of a live page with the protocol of its version counter, so that no reader mixes two times.</summary>
internal static class VersionedClock
{
    private const int MaximumAttempts = 200;
    private const ulong NanosecondsPerSecond = 1_000_000_000;

    /// <summary>
    /// Returns a clock as nanoseconds since 1970; null if its nanoseconds are a second or more, or its seconds are too large.
    /// </summary>
    public static ulong? ToNanoseconds(WallClockContent clock) =>
        clock.Nanoseconds < NanosecondsPerSecond && clock.Seconds < ulong.MaxValue / NanosecondsPerSecond
            ? clock.Seconds * NanosecondsPerSecond + clock.Nanoseconds
            : null;

    /// <summary>Returns a time as nanoseconds since 1970; null if the clock or the record of a poke cannot hold it.</summary>
    public static ulong? ToNanoseconds(DateTimeOffset time)
    {
        // Returns null for a time that the record of a poke cannot hold. The page has 64 bits of seconds, but the record has one 64-bit
        // number of nanoseconds, which ends in the year 2554.
        var ticks = (time - DateTimeOffset.UnixEpoch).Ticks;
        return ticks >= 0 && (ulong)ticks <= ulong.MaxValue / TimeSpan.NanosecondsPerTick
            ? (ulong)ticks * TimeSpan.NanosecondsPerTick
            : null;
    }

    /// <summary>Writes the clock.</summary>
    /// <param name="page">The mapped page.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="nanoseconds">The new clock, in nanoseconds since 1970.</param>
    /// <param name="expected">The required present value, in nanoseconds since 1970; null for any value.</param>
    /// <param name="domId">The domain, for messages.</param>
    /// <returns>The clock before the write.</returns>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeLostRace"/>: the clock has another value, or Xen writes it at the same
    /// time.</exception>
    public static WallClockContent Write(Span<byte> page, SharedInfoLayout layout, ulong nanoseconds, ulong? expected, ushort domId)
    {
        var version = TakeVersion(page, layout.WallClockVersion, domId);
        var before = WallClockContent.Decode(page, layout) with { Version = (uint)version };
        var isExpected = expected is null || ToNanoseconds(before) == expected;
        if (isExpected)
        {
            var seconds = nanoseconds / NanosecondsPerSecond;
            Store(page, layout.WallClockSeconds, (uint)seconds);
            Store(page, layout.WallClockNanoseconds, nanoseconds % NanosecondsPerSecond);
            Store(page, layout.WallClockSecondsHigh, seconds >> 32);
        }
        var odd = version + 1 & uint.MaxValue;
        var field = layout.WallClockVersion;
        var written = AtomicField.CompareExchange(page, field.Offset, field.Width, odd, odd + 1 & uint.MaxValue) == odd;
        if (!written) throw Lost(domId, "Xen wrote the clock at the same time");
        return isExpected ? before : throw Lost(domId, "it has changed since it was read");
    }

    private static ulong TakeVersion(Span<byte> page, LayoutField field, ushort domId)
    {
        for (var attempt = 0; attempt < MaximumAttempts; attempt++)
        {
            var version = AtomicField.Read(page, field.Offset, field.Width);
            if ((version & 1) == 0 && AtomicField.CompareExchange(page, field.Offset, field.Width, version, version + 1) == version)
                return version;
            Thread.SpinWait(1 << Math.Min(attempt, 8));
        }
        throw Lost(domId, "its version counter stays odd, as if it were being written all the time");
    }

    private static void Store(Span<byte> page, LayoutField field, ulong value)
    {
        for (var seen = AtomicField.Read(page, field.Offset, field.Width); ;)
        {
            var found = AtomicField.CompareExchange(page, field.Offset, field.Width, seen, value);
            if (found == seen) return;
            seen = found;
        }
    }

    private static XenException Lost(ushort domId, string why) =>
        new(XenErrorId.PokeLostRace, $"The wall clock of domain {domId} was not set: {why}", "read it again before you write")
        {
            DomId = domId,
        };
}
