namespace XenShared.Reports.Metrics;

/// <summary>Represents a metric: its name with the unit, its description, and its samples.</summary>
/// <param name="Name">The name.</param>
/// <param name="Help">The description: one sentence without a full stop.</param>
internal sealed record MetricFamily(string Name, string Help)
{
    private readonly List<MetricSample> _samples = [];

    /// <summary>Gets the samples in the order of host, domain, number and label, so that the same state results in the same text.</summary>
    public IEnumerable<MetricSample> Samples =>
        _samples
            .OrderBy(sample => sample.Host, StringComparer.Ordinal)
            .ThenBy(sample => sample.DomId)
            .ThenBy(sample => sample.Number)
            .ThenBy(sample => sample.Labels, StringComparer.Ordinal);

    /// <summary>Adds a sample. A null, which stands for an unknown value, is ignored.</summary>
    public void Add(MetricSample? sample)
    {
        if (sample is not null) _samples.Add(sample);
    }
}
