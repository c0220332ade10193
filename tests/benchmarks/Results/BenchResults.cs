using System.Text.Json;

namespace XenShared.Benchmarks.Results;

/// <summary>Represents the results of a part of the benchmarks, as its file contains them.</summary>
internal sealed record BenchResults
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Gets the time of the measurement.</summary>
    public DateTimeOffset TakenAt { get; init; }

    /// <summary>Gets the sets of samples.</summary>
    public IReadOnlyList<SampleSet> Sets { get; init; } = [];

    /// <summary>Gets the series of growth.</summary>
    public IReadOnlyList<GrowthSeries> Series { get; init; } = [];

    /// <summary>Reads the files of a folder as one result.</summary>
    public static IReadOnlyList<BenchResults> ReadAll(string folder) =>
        [.. Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(Read)];

    /// <summary>Reads a file.</summary>
    public static BenchResults Read(string file) => JsonSerializer.Deserialize<BenchResults>(File.ReadAllText(file), s_options)!;

    /// <summary>Writes the results to a file.</summary>
    public void Write(string file) => File.WriteAllText(file, JsonSerializer.Serialize(this, s_options));
}
