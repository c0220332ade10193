namespace XenShared.Benchmarks.Results;

/// <summary>
/// Represents the samples of one comparison: the time (or the memory) of a baseline and of what is compared with it, sampled in turns.
/// </summary>
internal sealed record SampleSet
{
    /// <summary>Gets the name of the comparison, which is that of its <see cref="Bound"/>.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the samples of the baseline.</summary>
    public double[] Baseline { get; init; } = [];

    /// <summary>Gets the samples of what is compared with it, as many as of the baseline.</summary>
    public double[] Measured { get; init; } = [];

    /// <summary>Gets the circumstances, or the reason why nothing was measured; null if there is nothing to add.</summary>
    public string? Note { get; init; }
}
