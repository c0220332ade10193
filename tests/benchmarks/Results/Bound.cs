namespace XenShared.Benchmarks.Results;

/// <summary>Represents a comparison of the performance page, with the bound that it must keep.</summary>
/// <param name="Id">Its name.</param>
/// <param name="What">The sentence of the table.</param>
/// <param name="Comparison">How the samples are compared.</param>
/// <param name="Limit">The bound; null if there is none.</param>
/// <param name="Before">The value before the work on speed; null if it was not measured.</param>
internal sealed record Bound(string Id, string What, Comparison Comparison, double? Limit = null, string? Before = null)
{
    /// <summary>Gets all comparisons, in the order of the table.</summary>
    public static IReadOnlyList<Bound> All { get; } =
    [
        new("pipeline-null", "`Get-XenEventChannel` to `Out-Null`: rate of the trivial cmdlet", Comparison.RatePercent, 60, "8 %"),
        new("pipeline-where", "the same through `Where Pending`", Comparison.RatePercent, 80, "38 %"),
        new("pipeline-pending", "`-Pending` beside `Where Pending`", Comparison.Faster, 4, "2.2 times faster"),
        new("decode", "decode of everything in a page beside a copy of 4 KiB", Comparison.Times, 6, "21 times"),
        new("decode-bytes", "bytes allocated by this decode beside its result", Comparison.Times, 1),
        new("pending-idle", "scan of an idle pending bitmap beside a copy of 4 KiB", Comparison.Times, 1),
        new("mask-full", "set bits of a full mask beside a loop over its ports", Comparison.Faster, 4, "0.6 times (slower)"),
        new("snapshot", "consistent copy of a page beside a copy of 4 KiB", Comparison.Times, null, "23 times"),
        new("capture-read", "read of a capture of 1,000 domains beside its decompression", Comparison.Times, 6, "30 times"),
        new("capture-pages", "the same with the use of each page", Comparison.Times),
        new("capture-write", "write of this capture beside its compression", Comparison.Times),
        new("model-channels", "channel objects of a domain beside clones of them", Comparison.Times),
        new("rules", "fault rules over 1,000 domains beside taking their samples", Comparison.Times),
        new("report", "HTML report of 1,000 domains beside encoding its text", Comparison.Times),
        new("metrics", "metrics of 1,000 domains beside encoding their text", Comparison.Times),
        new("channels-lsevtchn", "`xenshared channels --domid N` beside `lsevtchn`, 3,008 ports", Comparison.Times, 1.3, "3.3 times"),
        new("channels-true", "the same beside `/bin/true`", Comparison.Times),
        new("import", "`Import-Module XenShared` beside bare `pwsh`", Comparison.Times),
        new("growth-capture", "growth of reading a capture from 1,000 to 10,000 domains", Comparison.Exponent, 1.1),
        new("growth-rules", "growth of the fault rules from 1,000 to 10,000 domains", Comparison.Exponent, 1.1),
        new("growth-report", "growth of the report from 1,000 to 10,000 domains", Comparison.Exponent, 1.1),
        new("memory-one", "MB above an idle session: 1,000,000 channels, one target", Comparison.Difference, 50),
        new("memory-fifty", "MB above an idle session: 1,000,000 channels, fifty targets", Comparison.Difference, 50),
    ];

    /// <summary>Returns the value and the noise of the samples.</summary>
    public (double Value, double Noise) Reduce(SampleSet samples) =>
        Statistics.Reduce(
            samples.Measured.Select(
                (measured, index) => Comparison switch
                {
                    Comparison.Times => measured / samples.Baseline[index],
                    Comparison.Faster => samples.Baseline[index] / measured,
                    Comparison.RatePercent => samples.Baseline[index] / measured * 100,
                    Comparison.Difference => measured - samples.Baseline[index],
                    _ => measured,
                }));

    /// <summary>Determines whether a value misses the bound by more than its noise.</summary>
    public bool IsMissed(double value, double noise) =>
        Limit is { } limit
        && (Comparison is Comparison.Faster or Comparison.RatePercent ? value + noise < limit : value - noise > limit);
}
