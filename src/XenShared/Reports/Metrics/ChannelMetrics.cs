namespace XenShared.Reports.Metrics;

/// <summary>
/// Counts channels by domain and kind. If the pending bits of all channels of a kind are unknown, there is no sample for the number of
/// pending channels, because 0 would be wrong. The same applies to masked bits.
/// </summary>
internal sealed class ChannelMetrics(IEnumerable<XenEventChannel> channels)
{
    private readonly MetricFamily _open = new("xenshared_event_channels", "Event channels that are in use, by kind");
    private readonly MetricFamily _pending = new(
        "xenshared_event_channels_pending",
        "Event channels whose pending bit is known to be set");
    private readonly MetricFamily _masked = new(
        "xenshared_event_channels_masked",
        "Event channels whose mask bit is known to be set");
    private readonly MetricFamily _unknown = new(
        "xenshared_event_channels_unknown",
        "Event channels whose pending or masked bit is not known");

    public IEnumerable<MetricFamily> Families()
    {
        foreach (var group in channels.GroupBy(channel => (channel.HostName, channel.DomId, channel.State)))
        {
            var all = group.ToArray();
            var kind = group.Key.State is { } state ? MetricNames.Snake(state.ToString()) : "hidden";
            Count(_open, _ => true);
            if (all.Any(channel => channel.Pending is not null)) Count(_pending, channel => channel.Pending == true);
            if (all.Any(channel => channel.Masked is not null)) Count(_masked, channel => channel.Masked == true);
            Count(_unknown, channel => channel.Pending is null || channel.Masked is null);

            void Count(MetricFamily family, Func<XenEventChannel, bool> fits) =>
                family.Add(MetricSample.Create(group.Key.HostName, group.Key.DomId, all[0].DomainName, all.Count(fits))!
                    .With("kind", kind));
        }
        return [_open, _pending, _masked, _unknown];
    }
}
