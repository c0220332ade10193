using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;

namespace XenShared.Hosted.Tests;

/// <summary>Runs PowerShell in this process with the module, connected to the sample capture.</summary>
internal sealed class HostedModule : IDisposable
{
    private readonly Runspace _runspace;

    public HostedModule(PSHost? host = null)
    {
        var root = RepositoryRoot();
        var state = InitialSessionState.CreateDefault2();
        state.ImportPSModule(Path.Combine(root, "XenShared.psd1"));
        _runspace = host is null ? RunspaceFactory.CreateRunspace(state) : RunspaceFactory.CreateRunspace(host, state);
        _runspace.Open();
        using var shell = PowerShell.Create(_runspace);
        shell.AddCommand("Connect-XenTarget").AddParameter("Path", Path.Combine(root, "src", "XenShared.Cli", "sample.xencap")).Invoke();
    }

    /// <summary>Runs a line as a user types it.</summary>
    public (IReadOnlyList<PSObject> Output, IReadOnlyList<ErrorRecord> Errors, IReadOnlyList<string> Warnings) Run(string line)
    {
        using var shell = PowerShell.Create(_runspace);
        var output = shell.AddScript(line).Invoke();
        return ([.. output], [.. shell.Streams.Error], [.. shell.Streams.Warning.Select(warning => warning.Message)]);
    }

    public void Dispose() => _runspace.Dispose();

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "XenShared.psd1")))
            folder = folder.Parent;
        return folder?.FullName
            ?? throw new InvalidOperationException("These tests run from a checkout, and no XenShared.psd1 is above them.");
    }
}
