using XenShared.Guests.Locating;
using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>
/// Looks at channels again and again, and tells what has changed. Pages and event arrays are mapped for each look, and let go of after it.
/// </summary>
public sealed class ChannelWatch(IXenDataSource target, IQueryObserver observer)
{
    /// <summary>Time from one look to the next unless another is asked for.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<ushort, WatchedDomain> _domains = [];

    /// <summary>Gets the ports to watch; empty for all.</summary>
    public IReadOnlyList<uint> Ports { get; init; } = [];

    /// <summary>Gets the channels to watch, by domain and port; empty for all of the selected domains.</summary>
    public IReadOnlyCollection<(ushort DomId, uint Port)> Channels { get; init; } = [];

    /// <summary>Gets where the state of channels is asked for.</summary>
    public ChannelSource Source { get; init; }

    /// <summary>Gets how guests' memory is searched.</summary>
    public LocatorOptions Locate { get; init; } = new();

    /// <summary>From one look to the next, counted from the start: nothing drifts. A look that takes longer leaves beats out.</summary>
    public TimeSpan Interval { get; init; } = DefaultInterval;

    /// <summary>Gets how many looks are taken after the first, with which the others are compared; null for no end.</summary>
    public int? Count { get; init; }

    /// <summary>Gets how long it goes on; null for no end.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Gets the clock that is waited by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// Streams what changes. Domains may come and go: their channels open and close. A state that becomes unknown is no change, and one
    /// that is known again is compared with the last that was known. Warnings and errors of a domain are told once.
    /// </summary>
    /// <exception cref="XenException"><see cref="XenErrorId.NotSupportedByHost"/>: the target is a file, which does not change; those of
    /// the target.</exception>
    public IEnumerable<XenEventChannelChange> Run(DomainSelection selection, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        if (!target.IsLive)
            throw new XenException(
                XenErrorId.NotSupportedByHost,
                $"{target.DisplayName} is a file, in which nothing changes",
                "watch the host itself");
        var once = new DeduplicatingObserver(observer);
        var query = new EventChannelQuery(target, once) { Source = Source, Locate = Locate, Filter = new ChannelFilter { Ports = Ports } };
        var pace = new IntervalTimer(Time, Interval);
        foreach (var change in ReadChanges(query, selection, isFirst: true, cancellation)) yield return change;
        once.IsLater = true;
        for (var samples = 0; samples != Count && !(pace.Next > Duration); samples++)
        {
            pace.Wait(limit: null, cancellation);
            foreach (var change in ReadChanges(query, selection, isFirst: false, cancellation)) yield return change;
        }
    }

    private IEnumerable<XenEventChannelChange> ReadChanges(
        EventChannelQuery query,
        DomainSelection selection,
        bool isFirst,
        CancellationToken cancellation)
    {
        var domIds = new HashSet<ushort>();
        foreach (var domain in query.RunByDomain(selection, cancellation))
        {
            var domId = domain.Domain.DomId;
            if (!domIds.Add(domId)) continue;
            // The number has been given to another domain.
            if (_domains.TryGetValue(domId, out var known) && known.Uuid != domain.Domain.Uuid)
            {
                foreach (var change in known.End(Time.GetUtcNow())) yield return change;
                _domains.Remove(domId);
                known = null;
            }
            if (domain.Channels is null) continue;
            var channels = domain.Channels.Where(channel => Channels.Count == 0 || Channels.Contains((domId, channel.Port))).ToArray();
            if (known is null)
                _domains.Add(
                    domId,
                    known = new WatchedDomain(domId, domain.Domain.Uuid, domain.Name, target.Host.HostName, isFirst ? channels : []));
            foreach (var change in known.Compare(channels, Time.GetUtcNow()))
                yield return change;
        }
        foreach (var gone in _domains.Where(domain => !domIds.Contains(domain.Key)).Select(domain => domain.Value).ToArray())
        {
            foreach (var change in gone.End(Time.GetUtcNow())) yield return change;
            _domains.Remove(gone.DomId);
        }
    }
}
