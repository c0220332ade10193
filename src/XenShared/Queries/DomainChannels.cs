using XenShared.Hypervisor;

namespace XenShared.Queries;

/// <summary>Represents the channels of a domain.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="Name">The name of the domain; null if unknown.</param>
/// <param name="Channels">The channels, which are read when the sequence is enumerated; null if the ports could not be read, in which case
/// the observer got the error.</param>
internal readonly record struct DomainChannels(DomainInfo Domain, string? Name, IEnumerable<XenEventChannel>? Channels);
