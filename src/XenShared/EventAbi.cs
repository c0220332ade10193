namespace XenShared;

/// <summary>
/// Specifies how Xen delivers events to a guest. No call of Xen returns the event ABI, so it is deduced from evidence
/// (<see cref="XenDomain.AbiEvidence"/>).
/// </summary>
public enum EventAbi
{
    /// <summary>The event ABI could not be deduced.</summary>
    Unknown,

    /// <summary>Bitmaps in the shared page.</summary>
    TwoLevel,

    /// <summary>An event array and queues in guest memory. Xen does not use the bitmaps in the shared page.</summary>
    Fifo,
}
