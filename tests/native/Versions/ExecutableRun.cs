using System.Text.Json;

namespace XenShared.Native.Tests.Versions;

/// <summary>Represents the result of a run of the executable.</summary>
/// <param name="ExitStatus">Its exit status.</param>
/// <param name="Output">Lines of its standard output.</param>
/// <param name="Errors">Lines of its standard error.</param>
internal sealed record ExecutableRun(int ExitStatus, IReadOnlyList<string> Output, IReadOnlyList<string> Errors)
{
    /// <summary>
    /// Gets the fake's counters at the end of the process, with <c>calls.&lt;function&gt;</c> for each function that was called; empty if
    /// the fake was not loaded.
    /// </summary>
    public IReadOnlyDictionary<string, long> Counters { get; init; } = new Dictionary<string, long>();

    /// <summary>Gets each line of output as a JSON object.</summary>
    public IReadOnlyList<JsonElement> Objects => Output.Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToArray();

    /// <summary>Returns the number of calls of a function of the fake.</summary>
    public long Calls(string function) => Counters.GetValueOrDefault($"calls.{function}");

    /// <summary>
    /// Checks that all resources were released, that no function was misused, and that only messages of the program were written.
    /// </summary>
    public void AssertClean()
    {
        Assert.All(Errors, line => Assert.Matches("^(xenshared|warning): ", line));
        Assert.Equal(Counters["opens"], Counters["closes"]);
        Assert.Equal(Counters["maps"], Counters["unmaps"]);
        Assert.Equal(0, Counters["live_maps"]);
        Assert.Equal(Counters["buffers_allocated"], Counters["buffers_freed"]);
        Assert.Equal(0, Counters["live_results"]);
        Assert.Equal(0, Counters["null_loggers"]);
        Assert.Equal(0, Counters["misuses"]);
    }
}
