namespace XenShared;

/// <summary>
/// Specifies how Xen delivers events to a guest. No call returns it, so it is deduced: see <see cref="XenDomain.AbiEvidence"/>.
/// </summary>
public enum EventAbi
{
    /// <summary>The evidence is not sufficient.</summary>
    Unknown,

    /// <summary>Bitmaps in the shared page.</summary>
    TwoLevel,

    /// <summary>An event array and queues in guest memory; the bitmaps in the page are not used.</summary>
    Fifo,
}
