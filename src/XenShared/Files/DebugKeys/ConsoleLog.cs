using XenShared.Hypervisor;

namespace XenShared.Files.DebugKeys;

/// <summary>Represents a console log that holds Xen's own view of all event channels (debug key <c>e</c>).</summary>
/// <param name="Channels">Of several dumps the last one that came through whole; where none did, the last one.</param>
/// <param name="Dumps">How many dumps there are.</param>
/// <param name="SelectedDump">Which of them is taken, counted from 1.</param>
/// <param name="Version">The hypervisor, where it said so; null when it did not.</param>
public sealed record ConsoleLog(HypervisorChannels Channels, int Dumps, int SelectedDump, XenVersion? Version);
