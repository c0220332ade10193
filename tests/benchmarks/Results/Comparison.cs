namespace XenShared.Benchmarks.Results;

/// <summary>Specifies how samples are compared.</summary>
internal enum Comparison
{
    /// <summary>How many times the baseline: small is good.</summary>
    Times,

    /// <summary>How many times faster than the baseline: large is good.</summary>
    Faster,

    /// <summary>The share of the baseline's rate in percent: large is good.</summary>
    RatePercent,

    /// <summary>The difference from the baseline: small is good.</summary>
    Difference,

    /// <summary>The exponent by which a cost grows: 1 is linear. There is no baseline.</summary>
    Exponent,
}
