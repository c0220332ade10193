namespace XenShared.Benchmarks.Results;

/// <summary>Specifies how samples are compared.</summary>
internal enum Comparison
{
    /// <summary>Divides the value by the baseline; small is good.</summary>
    Times,

    /// <summary>Divides the baseline by the value; large is good.</summary>
    Faster,

    /// <summary>Divides the rate by that of the baseline, in percent; large is good.</summary>
    RatePercent,

    /// <summary>Subtracts the baseline from the value; small is good.</summary>
    Difference,

    /// <summary>Uses the value itself, the exponent by which a cost grows: 1 is linear. There is no baseline.</summary>
    Exponent,
}
