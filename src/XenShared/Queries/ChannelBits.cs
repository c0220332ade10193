namespace XenShared.Queries;

/// <summary>Represents the bits of a channel. An unknown bit is null.</summary>
/// <param name="Pending">An event is pending.</param>
/// <param name="Masked">The guest has masked the channel.</param>
/// <param name="Linked">The event is in a queue (FIFO).</param>
/// <param name="Busy">Xen is adding a port to the queue after this one at this moment (FIFO).</param>
/// <param name="InSelector">The bit of the port's word is set in the selector of its vCPU (two-level).</param>
internal readonly record struct ChannelBits(bool? Pending, bool? Masked, bool? Linked = null, bool? Busy = null, bool? InSelector = null);
