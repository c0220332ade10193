using System.Globalization;

namespace XenShared.Fuzz;

/// <summary>Holds the results of a run.</summary>
public sealed class FuzzReport
{
    /// <summary>Gets the name of the reader.</summary>
    public required string Reader { get; init; }

    /// <summary>Gets the seed, which determines every input.</summary>
    public required int Seed { get; init; }

    /// <summary>Gets the number of inputs.</summary>
    public long Inputs { get; set; }

    /// <summary>Gets the number of inputs that were read, and of which all queries had a result.</summary>
    public long Answered { get; set; }

    /// <summary>Gets the number of rejected inputs by error.</summary>
    public SortedDictionary<XenErrorId, long> Refused { get; } = [];

    /// <summary>Gets the maximum number of bytes that were allocated for one input.</summary>
    public long MostAllocated { get; set; }

    /// <summary>Gets the maximum time that one input took.</summary>
    public TimeSpan Slowest { get; set; }

    /// <summary>Gets the time of the whole run.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>Gets the violations, each with the number of the input.</summary>
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
