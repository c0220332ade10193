namespace XenShared.Diagnosis.Evidence;

/// <summary>A channel's state at one moment; null for what is not known.</summary>
/// <param name="TakenAt">When.</param>
/// <param name="Pending">An event waits.</param>
/// <param name="Masked">The guest has switched it off.</param>
/// <param name="Linked">It stands in a queue (FIFO).</param>
internal readonly record struct ChannelObservation(DateTimeOffset TakenAt, bool? Pending, bool? Masked, bool? Linked);
