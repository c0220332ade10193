namespace XenShared.Hypervisor;

/// <summary>Represents the text that Xen printed about all event channels (debug key <c>e</c>).</summary>
/// <param name="TakenAt">When it was asked.</param>
/// <param name="Text">Everything on the console from then on, other lines included.</param>
/// <param name="IsCutOff">Whether the beginning was lost: the console ring was too small, and what came later stands over it.</param>
public sealed record DebugKeyDump(DateTimeOffset TakenAt, string Text, bool IsCutOff);
