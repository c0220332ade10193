using XenShared.Guests.Locating;
using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>
/// Samples channels at an interval, and returns their changes. Pages and event arrays are mapped only while a sample is taken.
/// </summary>
public sealed class ChannelWatch(IXenDataSource target, IQueryObserver observer)
{
    /// <summary>The default time from one sample to the next.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<ushort, WatchedDomain> _domains = [];

    /// <summary>Gets the ports to watch; empty for all.</summary>
    public IReadOnlyList<uint> Ports { get; init; } = [];

    /// <summary>Gets the channels to watch, by domain and port; empty for all of the selected domains.</summary>
    public IReadOnlyCollection<(ushort DomId, uint Port)> Channels { get; init; } = [];

    /// <summary>Gets the source of the state of channels.</summary>
    public ChannelSource Source { get; init; }

    /// <summary>Gets the options for searching guest memory.</summary>
    public LocatorOptions Locate { get; init; } = new();

    /// <summary>
    /// Gets the time from one sample to the next. Samples are due at multiples of this time from the start, so their times do not drift. If
    /// a sample takes longer than this, the next one waits for the next multiple.
    /// </summary>
    public TimeSpan Interval { get; init; } = DefaultInterval;

    /// <summary>Gets the number of samples after the first one; null for no limit.</summary>
    public int? Count { get; init; }

    /// <summary>Gets the time to watch; null for no limit.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Gets the clock for the intervals.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// Streams changes. If a domain starts or ends, its channels are reported as opened or closed. A state that becomes unknown is not a
    /// change; when it is known again, it is compared with the last known state. If the channels of a domain cannot be read in the first
    /// sample, the comparison begins with the first sample that contains them. Each warning or error of a domain is reported once.
    /// </summary>
    /// <exception cref="XenException"><see cref="XenErrorId.NotSupportedByHost"/>: the target is a file, in which nothing changes. Errors
    /// of the target are thrown too.</exception>
    public IEnumerable<XenEventChannelChange> Run(DomainSelection selection, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        if (!target.IsLive)
            throw new XenException(
                XenErrorId.NotSupportedByHost,
                $"{target.DisplayName} is a file, in which nothing changes",
                "watch the host itself");
        var once = new DeduplicatingObserver(observer);
        var query = new EventChannelQuery(target, once)
        {
            Source = Source,
            Locate = Locate,
            Filter = new ChannelFilter { Ports = Ports },
            ReadsAllSamples = true,
        };
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
            // Another UUID shows that the domain has ended, and that Xen has given its number to a new one.
            if (_domains.TryGetValue(domId, out var known) && known.Uuid != domain.Domain.Uuid)
            {
                foreach (var change in known.End(Time.GetUtcNow())) yield return change;
                _domains.Remove(domId);
                known = null;
            }
            if (known is null)
            {
                known = new WatchedDomain(domId, domain.Domain.Uuid, domain.Name, target.Host.HostName, isNew: !isFirst);
                _domains.Add(domId, known);
            }
            if (domain.Channels is null) continue;
            var channels = domain.Channels.Where(channel => Channels.Count == 0 || Channels.Contains((domId, channel.Port))).ToArray();
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
