using System.Text.Json;
using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;

namespace XenShared.Xen.Tests.PowerShell;

/// <summary>Represents the run of <c>session.ps1</c> in dom0.</summary>
internal sealed class PowerShellSession
{
    /// <summary>The number of times that the session lists everything, to detect handles that it leaves open.</summary>
    public const int Listings = 40;

    // Prints a version of the system's C library that a library of PowerShell needs and that is missing. A library that is missing
    // altogether is not printed: LTTng's is missing, and .NET does not need it.
    private const string MissingVersions = "ldd /in/pwsh/*.so 2>&1 | grep -m 1 'version .* not found' || true";

    private readonly Lazy<IReadOnlyList<PowerShellStep>> _steps;

    // The lines are read at the first use: a session that broke must not take other tests with it.
    private PowerShellSession(CommandResult result, Capture? exported)
    {
        Exported = exported;
        _steps = new(() =>
            [
                .. result
                    .Succeeded()
                    .Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Select(line => JsonSerializer.Deserialize<PowerShellStep>(line)!),
            ]);
    }

    private PowerShellSession(string whyNotRun)
    {
        WhyNotRun = whyNotRun;
        _steps = new([]);
    }

    /// <summary>Gets the reason why there was no session; null if there was one.</summary>
    public string? WhyNotRun { get; }

    /// <summary>Gets the capture that the session exported; null if it exported none.</summary>
    public Capture? Exported { get; }

    /// <summary>Runs the session.</summary>
    public static async Task<PowerShellSession> RunAsync(Dom0 dom0)
    {
        if (Dom0Files.PowerShell is null) return new("not run: this machine has no pwsh on its PATH that could be carried into dom0.");
        var missing = (await dom0.ReadAsync(MissingVersions)).Trim();
        if (missing.Length > 0)
            return new($"not run: this machine's PowerShell does not fit the C library of {Suite.Current.Name}: {missing}");
        var script = FormattableString.Invariant(
            $"/in/bin/pwsh -NoProfile -NonInteractive -File /in/scripts/session.ps1 /in/module/XenShared.psd1 {Listings}");
        var result = await dom0.RunAsync($"rm -f /tmp/session.xencap; {script}");
        await File.WriteAllBytesAsync(Path.Combine(Repository.Artifacts, "session.jsonl"), result.Output);
        var capture = await dom0.RunAsync("cat /tmp/session.xencap");
        return new PowerShellSession(result, capture.ExitCode == 0 ? await Capture.KeepAsync(capture.Output, "session") : null);
    }

    /// <summary>Returns the result of a line at its n-th run.</summary>
    public PowerShellStep Step(string line, int occurrence = 0) => _steps.Value.Where(step => step.Line == line).ElementAt(occurrence);

    /// <summary>Returns the result of the only line with this start.</summary>
    public PowerShellStep StepStarting(string start) => _steps.Value.Single(step => step.Line.StartsWith(start, StringComparison.Ordinal));
}
