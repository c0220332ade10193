namespace XenShared.Diagnosis.Evidence;

/// <summary>Represents the state of a channel at one time; unknown values are null.</summary>
/// <param name="TakenAt">The time.</param>
/// <param name="Pending">An event is pending.</param>
/// <param name="Masked">The guest has masked the channel.</param>
/// <param name="Linked">The event is in a queue (FIFO).</param>
internal readonly record struct ChannelObservation(DateTimeOffset TakenAt, bool? Pending, bool? Masked, bool? Linked);
