namespace XenShared.Queries;

/// <summary>What is known of a channel's state; null for what is not.</summary>
/// <param name="Pending">An event waits.</param>
/// <param name="Masked">The guest has switched it off.</param>
/// <param name="Linked">It stands in one of the queues (FIFO).</param>
/// <param name="Busy">The guest is just unmasking it (FIFO).</param>
internal readonly record struct ChannelBits(bool? Pending, bool? Masked, bool? Linked = null, bool? Busy = null);
