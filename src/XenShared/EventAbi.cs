namespace XenShared;

/// <summary>
/// Specifies how Xen delivers events to a guest. No call returns it, so it is deduced: see <see cref="XenDomain.AbiEvidence"/>.
/// </summary>
public enum EventAbi
{
    /// <summary>The evidence does not decide it.</summary>
    Unknown,

    /// <summary>The bitmaps in the shared page.</summary>
    TwoLevel,

    /// <summary>An event array and queues in guest memory; the page's bitmaps are dead.</summary>
    Fifo,
}
