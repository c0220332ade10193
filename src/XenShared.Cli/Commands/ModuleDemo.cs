using System.Diagnostics;
using XenShared.Cli.Execution;

namespace XenShared.Cli.Commands;

/// <summary>Runs example commands of the module in PowerShell, if it is installed.</summary>
internal sealed class ModuleDemo
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(100);

    private readonly string _powerShell;
    private readonly string _manifest;

    private ModuleDemo(string powerShell, string manifest)
    {
        _powerShell = powerShell;
        _manifest = manifest;
    }

    /// <summary>
    /// Finds the built module above this program, and PowerShell in PATH or in the build folder; null if one of them is missing.
    /// </summary>
    public static ModuleDemo? Find()
    {
        var root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "XenShared.psd1"))) root = Path.GetDirectoryName(root);
        if (root is null || !File.Exists(Path.Combine(root, "bin", "XenShared.PowerShell.dll"))) return null;
        var powerShell = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(Path.Combine(root, "artifacts", "powershell"))
            .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh"))
            .FirstOrDefault(File.Exists);
        return powerShell is null ? null : new ModuleDemo(powerShell, Path.Combine(root, "XenShared.psd1"));
    }

    /// <summary>Runs the commands against a capture and prints each before its output. Returns PowerShell's exit status.</summary>
    public int Run(string capture, ushort domId)
    {
        string[] lines = ["Get-XenDomain", $"Get-XenSharedInfo -DomId {domId}", "Get-XenEventChannel | Where Pending"];
        var script = string.Join('\n', lines.Select(line => $"'PS> {line}'; {line} | Out-Host"));
        var start = new ProcessStartInfo(_powerShell) { UseShellExecute = false };
        foreach (var argument in new[]
            {
                "-NoProfile",
                "-NonInteractive",
                "-Command",
                $"$ErrorActionPreference = 'Stop'; Import-Module $env:XENSHARED_DEMO_MODULE; $null = Connect-XenTarget -Path "
                    + $"$env:XENSHARED_DEMO_CAPTURE\n{script}",
            })
            start.ArgumentList.Add(argument);
        // If the paths were part of the command, PowerShell could execute text in them as code. So they are passed in environment
        // variables.
        start.Environment["XENSHARED_DEMO_MODULE"] = _manifest;
        start.Environment["XENSHARED_DEMO_CAPTURE"] = capture;
        // By default, PowerShell writes codes for colours even if its output is redirected to a file. NO_COLOR prevents this.
        if (Console.IsOutputRedirected) start.Environment["NO_COLOR"] = "1";
        using var process = Process.Start(start)!;
        while (!process.WaitForExit(s_poll))
        {
            if (!Termination.Token.IsCancellationRequested) continue;
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
        Termination.Token.ThrowIfCancellationRequested();
        return process.ExitCode;
    }
}
