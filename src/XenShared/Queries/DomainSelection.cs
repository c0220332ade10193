using XenShared.Hypervisor;
using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>
/// Selects the domains of a query by number and name. If both are given, a domain must match both, unless <see cref="MatchesEither"/> is
/// set. If neither is given, all domains are selected.
/// </summary>
public sealed record DomainSelection
{
    /// <summary>Gets the selection of all domains.</summary>
    public static DomainSelection All { get; } = new();

    /// <summary>Gets the numbers; empty for all.</summary>
    public IReadOnlyList<ushort> DomIds { get; init; } = [];

    /// <summary>Gets the names; empty for all.</summary>
    public IReadOnlyList<NamePattern> Names { get; init; } = [];

    /// <summary>Gets the UUIDs that domains must have, by number. A domain whose number is not a key can have any UUID.</summary>
    public IReadOnlyDictionary<ushort, Guid> Uuids { get; init; } = new Dictionary<ushort, Guid>();

    /// <summary>Gets a value indicating whether it is enough that a domain matches one of the numbers or one of the names.</summary>
    public bool MatchesEither { get; init; }

    /// <summary>Gets a value indicating whether all domains are selected.</summary>
    public bool IsAll => DomIds.Count == 0 && Names.Count == 0;

    /// <summary>
    /// Reads the selected domains. The observer gets an error for each domain that does not exist; the others are returned.
    /// </summary>
    internal IEnumerable<DomainInfo> Read(IXenDataSource target, IQueryObserver observer, CancellationToken cancellation) =>
        MatchesEither && DomIds.Count > 0 && Names.Count > 0
            ? ReadByNumber(target, observer, cancellation)
                .Concat(ReadByName(target, observer, cancellation).Where(domain => !DomIds.Contains(domain.DomId)))
        : DomIds.Count > 0 ? ReadByNumber(target, observer, cancellation).Where(domain => Names.Count == 0 || IsNamed(target, domain))
        : Names.Count > 0 ? ReadByName(target, observer, cancellation)
        : ReadAll(target, cancellation);

    private static IEnumerable<DomainInfo> ReadAll(IXenDataSource target, CancellationToken cancellation)
    {
        foreach (var domain in target.ReadDomains())
        {
            cancellation.ThrowIfCancellationRequested();
            yield return domain;
        }
    }

    private bool IsNamed(IXenDataSource target, DomainInfo domain) =>
        target.ReadName(domain.DomId) is { } name && Names.Any(pattern => pattern.Matches(name));

    private IEnumerable<DomainInfo> ReadByNumber(IXenDataSource target, IQueryObserver observer, CancellationToken cancellation)
    {
        foreach (var domId in DomIds)
        {
            cancellation.ThrowIfCancellationRequested();
            DomainInfo domain;
            try
            {
                domain = target.ReadDomain(domId);
                CheckUuid(target, domain);
            }
            catch (XenException error) when (!error.IsFatal)
            {
                observer.Fail(error);
                continue;
            }
            yield return domain;
        }
    }

    // Throws if the domain has another UUID than the requested one. The number alone does not identify a domain: each host numbers its own
    // domains, and Xen uses numbers again. A domain without a UUID in the source is accepted.
    private void CheckUuid(IXenDataSource target, DomainInfo domain)
    {
        if (!Uuids.TryGetValue(domain.DomId, out var uuid) || domain.Uuid is not { } actual || actual == uuid) return;
        throw new XenException(
            XenErrorId.DomainNotFound,
            $"Domain {domain.DomId} on {target.DisplayName} has the UUID {actual}, so it is not the domain with the UUID {uuid}",
            "list the domains to see their UUIDs")
        {
            DomId = domain.DomId,
        };
    }

    private IEnumerable<DomainInfo> ReadByName(IXenDataSource target, IQueryObserver observer, CancellationToken cancellation)
    {
        var unmatched = Names.Where(name => !name.HasWildcards).ToList();
        foreach (var domain in target.ReadDomains())
        {
            cancellation.ThrowIfCancellationRequested();
            if (target.ReadName(domain.DomId) is not { } name || !Names.Any(pattern => pattern.Matches(name))) continue;
            unmatched.RemoveAll(pattern => pattern.Matches(name));
            yield return domain;
        }
        foreach (var pattern in unmatched) observer.Fail(pattern.NotFound(target));
    }
}
