using System.Diagnostics;
using System.Text.Json;
using XenShared.Xen.Tests.Bed;

namespace XenShared.Xen.Tests.Host;

/// <summary>
/// Represents this machine as that of an administrator: without Xen, but with the command, the module and an ssh that can reach dom0.
/// </summary>
internal sealed class Workstation
{
    /// <summary>The name of dom0 in the ssh configuration.</summary>
    public const string Dom0 = "dom0";

    private const string Program = "/usr/bin/xenshared";

    private readonly string _path;

    private Workstation(string folder) => _path = $"{folder}:{Environment.GetEnvironmentVariable("PATH")}";

    /// <summary>Gets the reason why PowerShell lines are not run; null if they are.</summary>
    public static string? WhyNoPowerShell => Dom0Files.PowerShell is null ? "not run: this machine has no pwsh on its PATH." : null;

    /// <summary>Prepares ssh, and puts <c>xenshared</c> on dom0's path.</summary>
    /// <param name="dom0">The host.</param>
    /// <param name="knownHosts">Another file of known hosts; null for the one with the host's true key.</param>
    public static async Task<Workstation> PrepareAsync(Dom0 dom0, string? knownHosts = null)
    {
        await dom0.ReadAsync($"ln -sf /in/bin/xenshared {Program}");
        var folder = Directory.CreateDirectory(Path.Combine(Repository.Artifacts, knownHosts is null ? "ssh" : "ssh-other")).FullName;
        var second = knownHosts is null ? "" : $"-o UserKnownHostsFile={knownHosts} ";
        var ssh = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .Select(part => Path.Combine(part, "ssh"))
            .First(File.Exists);
        Dom0Files.WriteProgram(Path.Combine(folder, "ssh"), $"#!/bin/sh\nexec {ssh} {second}-F {dom0.SshConfiguration} \"$@\"\n");
        return new Workstation(folder);
    }

    /// <summary>Removes <c>xenshared</c> from dom0's path.</summary>
    public static Task RemoveProgramAsync(Dom0 dom0) => dom0.ReadAsync($"rm -f {Program}");

    /// <summary>Runs <c>xenshared</c> on this machine.</summary>
    public Task<CommandResult> XenSharedAsync(params string[] arguments) =>
        RunAsync(Dom0Files.Program[0], [.. Dom0Files.Program.Skip(1), .. arguments]);

    /// <summary>Runs a bash script on this machine with its arguments.</summary>
    public Task<CommandResult> BashAsync(string script, params string[] arguments) =>
        RunAsync("bash", ["-c", script, "bash", .. arguments], TimeSpan.FromMinutes(30));

    /// <summary>
    /// Runs lines of PowerShell on this machine, with the module loaded and dom0 connected. Each object is returned as one line of JSON.
    /// </summary>
    public async Task<IReadOnlyList<JsonElement>> PowerShellAsync(string lines)
    {
        var script = $$"""
            $ErrorActionPreference = 'Stop'
            Import-Module '{{Path.Combine(Dom0Files.Folder, "module", "XenShared.psd1")}}'
            $null = Connect-XenTarget -HostName {{Dom0}}
            & { {{lines}} } 3>$null |
                ForEach-Object { ConvertTo-Json -InputObject $_ -Depth 6 -EnumsAsStrings -Compress -WarningAction SilentlyContinue }
            Get-XenTarget | Disconnect-XenTarget
            """;
        var result = (await RunAsync("pwsh", ["-NoProfile", "-NonInteractive", "-Command", script])).Succeeded();
        return [.. result.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private Task<CommandResult> RunAsync(string program, string[] arguments, TimeSpan? timeout = null)
    {
        ProcessStartInfo start = Command.Prepare(program, arguments);
        start.Environment["PATH"] = _path;
        return Command.RunAsync(start, timeout: timeout);
    }
}
