namespace XenShared.Benchmarks.Results;

/// <summary>Represents the cost of an operation by the size of the host.</summary>
internal sealed record GrowthSeries
{
    /// <summary>Gets the name of the operation.</summary>
    public required string Operation { get; init; }

    /// <summary>Gets a value indicating whether the sizes are numbers of ports of one domain; else they are numbers of domains.</summary>
    public bool IsByPorts { get; init; }

    /// <summary>Gets the sizes, smallest first.</summary>
    public double[] Sizes { get; init; } = [];

    /// <summary>Gets the seconds of each size.</summary>
    public double[] Seconds { get; init; } = [];

    /// <summary>Gets the bytes of memory above those at the start of the operation, for each size.</summary>
    public double[] PeakBytes { get; init; } = [];
}
