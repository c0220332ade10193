using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace XenShared.Pester;

/// <summary>Runs the whole suite once in a separate PowerShell, which stages the module first.</summary>
public sealed class PesterRun : IAsyncLifetime
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(40);
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    private PesterReport? _report;

    /// <summary>Gets the folder of the suite, which is that of this project.</summary>
    public static string SuiteFolder { get; } = typeof(PesterRun).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "SuiteFolder").Value!;

    /// <summary>Gets the reason why nothing ran, if this machine lacks something; null if the suite ran or should have run.</summary>
    public string? WhyNotRun { get; private set; }

    /// <summary>Gets the problem of the run as a whole.</summary>
    public string Problem { get; private set; } = "Pester did not meet it";

    /// <summary>Returns the results of a case, one for each of its rows.</summary>
    public IReadOnlyList<PesterResult> ResultsOf(PesterCase one) =>
        _report?.Tests?.Where(result => result.File == one.File && result.Name == one.Name).ToArray() ?? [];

    public async ValueTask InitializeAsync()
    {
        var results = Path.Combine(Path.GetTempPath(), $"XenShared-pester-{Guid.NewGuid():N}.json");
        try
        {
            var start = new ProcessStartInfo("pwsh")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            };
            foreach (var argument in new[]
                {
                    "-NoProfile",
                    "-NonInteractive",
                    "-File",
                    Path.Combine(SuiteFolder, "Invoke-Suite.ps1"),
                    "-ResultPath",
                    results,
                })
                start.ArgumentList.Add(argument);
            using var process = Process.Start(start)!;
            var output = await FinishAsync(process);
            if (File.Exists(results)) _report = JsonSerializer.Deserialize<PesterReport>(await File.ReadAllTextAsync(results), s_json);
            WhyNotRun = _report?.NotRun;
            if (_report is null)
                Problem = $"PowerShell ended with {process.ExitCode} and wrote no results. It said:{Environment.NewLine}{output}";
            else if (_report.Broken is { Count: > 0 } broken)
                Problem = string.Join(Environment.NewLine, broken);
        }
        catch (Win32Exception)
        {
            WhyNotRun = "PowerShell (pwsh) is not installed";
        }
        finally
        {
            File.Delete(results);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task<string> FinishAsync(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return $"nothing within {s_limit.TotalMinutes} minutes, and was ended";
        }
        return await output + await errors;
    }
}
