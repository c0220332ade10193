namespace XenShared.Benchmarks.Results;

/// <summary>Reduces samples to one number and its noise.</summary>
internal static class Statistics
{
    /// <summary>Returns the median of the samples, and their noise: half the distance between the first and the third quartile.</summary>
    public static (double Median, double Noise) Reduce(IEnumerable<double> samples)
    {
        var sorted = samples.Order().ToArray();
        return (Quantile(sorted, 0.5), (Quantile(sorted, 0.75) - Quantile(sorted, 0.25)) / 2);
    }

    /// <summary>Returns the slope of a line through points in a log-log plot: the exponent by which y grows with x.</summary>
    public static double Exponent(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        var (logX, logY) = (x.Select(one => Math.Log(one)).ToArray(), y.Select(one => Math.Log(one)).ToArray());
        var (meanX, meanY) = (logX.Average(), logY.Average());
        return logX.Zip(logY, (one, two) => (one - meanX) * (two - meanY)).Sum() / logX.Sum(one => (one - meanX) * (one - meanX));
    }

    private static double Quantile(double[] sorted, double part)
    {
        var place = part * (sorted.Length - 1);
        var below = (int)place;
        return sorted[below] + (place - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]);
    }
}
