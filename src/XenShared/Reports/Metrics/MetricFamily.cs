namespace XenShared.Reports.Metrics;

/// <summary>A metric: its name, with its unit; what it means; and its samples.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Help">One sentence without a full stop.</param>
internal sealed record MetricFamily(string Name, string Help)
{
    private readonly List<MetricSample> _samples = [];

    /// <summary>Gets its samples: by host, domain, number and label, so that the same state gives the same text.</summary>
    public IEnumerable<MetricSample> Samples =>
        _samples
            .OrderBy(sample => sample.Host, StringComparer.Ordinal)
            .ThenBy(sample => sample.DomId)
            .ThenBy(sample => sample.Number)
            .ThenBy(sample => sample.Labels, StringComparer.Ordinal);

    /// <summary>Adds a sample, unless there is none: what is not known has no sample.</summary>
    public void Add(MetricSample? sample)
    {
        if (sample is not null) _samples.Add(sample);
    }
}
