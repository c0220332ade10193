using System.Globalization;

namespace XenShared.Fuzz;

/// <summary>What a run found.</summary>
public sealed class FuzzReport
{
    /// <summary>The reader.</summary>
    public required string Reader { get; init; }

    /// <summary>What everything followed from.</summary>
    public required int Seed { get; init; }

    /// <summary>Inputs.</summary>
    public long Inputs { get; set; }

    /// <summary>Inputs that were read and answered all questions.</summary>
    public long Answered { get; set; }

    /// <summary>Inputs that were refused, by the error.</summary>
    public SortedDictionary<XenErrorId, long> Refused { get; } = [];

    /// <summary>The most bytes that one input had allocated.</summary>
    public long MostAllocated { get; set; }

    /// <summary>The longest time that one input took.</summary>
    public TimeSpan Slowest { get; set; }

    /// <summary>How long it all took.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>What must not happen, with the number of the input.</summary>
    public IList<string> Failures { get; } = [];

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Reader}: {Inputs:N0} inputs from seed {Seed} in {Elapsed.TotalSeconds:N0} s, "
                + $"{Inputs / Math.Max(Elapsed.TotalSeconds, 0.001):N0}/s; {Answered:N0} answered, ")
        + string.Join(", ", Refused.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Value:N0} {entry.Key}")))
        + string.Create(
            CultureInfo.InvariantCulture,
            $"; one had at most {MostAllocated >> 10:N0} KiB allocated, and took at most {Slowest.TotalMilliseconds:N0} ms; "
                + $"{Failures.Count} failures");
}
