namespace XenShared.Files.DebugKeys;

/// <summary>Represents a finished dump of debug key <c>q</c>.</summary>
/// <param name="Number">Its number in the log, counted from 1.</param>
/// <param name="ChannelDump">The number of the last dump of event channels before it; 0 if there is none.</param>
/// <param name="Run">The number of starts of Xen before it. Dumps of different runs are not compared.</param>
/// <param name="States">The states of domains and vCPUs.</param>
internal sealed record DomainStateDump(int Number, int ChannelDump, int Run, HypervisorDomainStates States);
