namespace XenShared.Queries;

/// <summary>Represents the known bits of a channel; a bit that is not known is null.</summary>
/// <param name="Pending">An event waits.</param>
/// <param name="Masked">The guest has switched it off.</param>
/// <param name="Linked">It stands in one of the queues (FIFO).</param>
/// <param name="Busy">The guest is just unmasking it (FIFO).</param>
internal readonly record struct ChannelBits(bool? Pending, bool? Masked, bool? Linked = null, bool? Busy = null);
