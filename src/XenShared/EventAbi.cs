namespace XenShared;

/// <summary>
/// How a guest and Xen tell each other about events. No call tells it, so it is deduced: see <see cref="XenDomain.AbiEvidence"/>.
/// </summary>
public enum EventAbi
{
    /// <summary>What was seen does not decide it.</summary>
    Unknown,

    /// <summary>The bitmaps in the shared page.</summary>
    TwoLevel,

    /// <summary>An event array and queues in guest memory; the page's bitmaps are dead.</summary>
    Fifo,
}
