namespace XenShared.Queries;

/// <summary>Represents the state bits of a channel. A bit that is not known is null.</summary>
/// <param name="Pending">An event is pending.</param>
/// <param name="Masked">The guest has masked the channel.</param>
/// <param name="Linked">The event is in an event queue of the guest (the LINKED bit of the FIFO ABI).</param>
/// <param name="Busy">Xen is appending another event to the queue behind this one, and prevents the guest from unmasking the channel
/// meanwhile (the BUSY bit of the FIFO ABI).</param>
/// <param name="InSelector">The bit for the word of the port is set in <c>evtchn_pending_sel</c> of the vCPU (two-level ABI).</param>
internal readonly record struct ChannelBits(bool? Pending, bool? Masked, bool? Linked = null, bool? Busy = null, bool? InSelector = null);
