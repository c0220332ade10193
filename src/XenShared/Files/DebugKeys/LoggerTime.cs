namespace XenShared.Files.DebugKeys;

/// <summary>Represents the date and time that a logger put before a line.</summary>
/// <param name="Time">The time; in UTC if the zone is unknown.</param>
/// <param name="HasZone">Whether the logger wrote the time zone.</param>
internal readonly record struct LoggerTime(DateTimeOffset Time, bool HasZone);
