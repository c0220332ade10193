namespace XenShared.Tests.Support;

/// <summary>Represents a port as debug key <c>e</c> prints it.</summary>
/// <param name="Port">Its number.</param>
/// <param name="Pending">Xen's own view.</param>
/// <param name="Masked">Xen's own view; ports that Xen consumes always count as masked.</param>
/// <param name="IsFifo">Whether the third field has the form of FIFO channels.</param>
/// <param name="IsConsumedByXen">Whether Xen itself is the receiver.</param>
internal sealed record DebugKeyPort(uint Port, bool Pending, bool Masked, bool IsFifo, bool IsConsumedByXen);
