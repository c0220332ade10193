namespace XenShared.Diagnosis.Evidence;

/// <summary>Represents the state of a channel at one time; unknown values are null.</summary>
/// <param name="TakenAt">The time.</param>
/// <param name="Pending">Whether an event is pending.</param>
/// <param name="Masked">Whether the guest has masked the channel.</param>
/// <param name="Linked">Whether the event is in an event queue of the guest (FIFO ABI).</param>
internal readonly record struct ChannelObservation(DateTimeOffset TakenAt, bool? Pending, bool? Masked, bool? Linked);
