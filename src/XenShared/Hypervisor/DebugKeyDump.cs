namespace XenShared.Hypervisor;

/// <summary>Represents Xen's output about all event channels (debug key <c>e</c>).</summary>
/// <param name="TakenAt">The time when the key was sent.</param>
/// <param name="Text">The console output since that time, including unrelated lines.</param>
/// <param name="IsCutOff">Whether the beginning of the output was overwritten before it could be read, because the console ring was too
/// small.</param>
public sealed record DebugKeyDump(DateTimeOffset TakenAt, string Text, bool IsCutOff);
