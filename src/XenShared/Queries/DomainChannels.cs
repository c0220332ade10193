using XenShared.Hypervisor;

namespace XenShared.Queries;

/// <summary>The channels of one domain.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="Name">Its name; null when unknown.</param>
/// <param name="Channels">Its channels, read one by one; null when they could not be read, of which the observer has been told.</param>
internal readonly record struct DomainChannels(DomainInfo Domain, string? Name, IEnumerable<XenEventChannel>? Channels);
