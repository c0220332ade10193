namespace XenShared.Files.DebugKeys;

/// <summary>Xen's own view of one domain's event channels.</summary>
/// <param name="DomId">The domain.</param>
/// <param name="Abi">How it is told of events; unknown when it has no port.</param>
/// <param name="Ports">The ports that were in use, by number.</param>
/// <param name="IsComplete"> Whether every line of it came through: then a port that is not among <paramref name="Ports"/> was not in use.
/// Otherwise nothing is known of such a port.
/// </param>
public sealed record HypervisorDomain(ushort DomId, EventAbi Abi, IReadOnlyDictionary<uint, HypervisorPort> Ports, bool IsComplete);
