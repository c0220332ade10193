using System.Text.Json;

namespace XenShared.Native.Tests.Versions;

/// <summary>What a run of the executable left.</summary>
/// <param name="ExitStatus">Its exit status.</param>
/// <param name="Output">Lines of its standard output.</param>
/// <param name="Errors">Lines of its standard error.</param>
internal sealed record ExecutableRun(int ExitStatus, IReadOnlyList<string> Output, IReadOnlyList<string> Errors)
{
    /// <summary>
    /// The fake's counters at the end of the process, with <c>calls.&lt;function&gt;</c> for each function called; empty when it was not
    /// loaded.
    /// </summary>
    public IReadOnlyDictionary<string, long> Counters { get; init; } = new Dictionary<string, long>();

    /// <summary>Each line of output as a JSON object.</summary>
    public IReadOnlyList<JsonElement> Objects => Output.Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToArray();

    /// <summary>How often a function of the fake was called.</summary>
    public long Calls(string function) => Counters.GetValueOrDefault($"calls.{function}");

    /// <summary>All was given back, nothing was misused, and only our own messages were written.</summary>
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
