using XenShared.Hypervisor;

namespace XenShared.Files.DebugKeys;

/// <summary>Represents a console log that holds Xen's own view of all event channels (debug key <c>e</c>).</summary>
/// <param name="Channels">The channels of the last complete dump; if none is complete, of the last dump.</param>
/// <param name="Dumps">The number of dumps.</param>
/// <param name="SelectedDump">The number of the used dump, counted from 1.</param>
/// <param name="Version">The version of the hypervisor; null if the log does not contain it.</param>
public sealed record ConsoleLog(HypervisorChannels Channels, int Dumps, int SelectedDump, XenVersion? Version);
