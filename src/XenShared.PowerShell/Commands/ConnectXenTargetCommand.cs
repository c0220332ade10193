using System.Management.Automation;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.Formatting;
using XenShared.PowerShell.Remoting;
using XenShared.PowerShell.Session;
using XenShared.Targets.Remote;
using XenShared.Targets.Simulated;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Connects to a target, from which the other cmdlets then read.</summary>
[Cmdlet(
    VerbsCommunications.Connect,
    "XenTarget",
    DefaultParameterSetName = LocalSet,
    SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.High
)]
[OutputType(typeof(XenTarget))]
public sealed class ConnectXenTargetCommand : XenCmdletBase
{
    private const string LocalSet = "Local";
    private const string HostNameSet = "HostName";
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string SimulatedSet = "Simulated";

    /// <summary>Gets a value that selects the hypervisor of this machine.</summary>
    [Parameter(ParameterSetName = LocalSet)]
    public SwitchParameter Local { get; set; }

    /// <summary>Gets the hosts to connect to by SSH: names, addresses, or aliases of the ssh configuration.</summary>
    [Parameter(Mandatory = true, ParameterSetName = HostNameSet, ValueFromPipelineByPropertyName = true)]
    [Alias("ComputerName")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(HostNameCompleter))]
    public string[] HostName { get; set; } = [];

    /// <summary>Gets the user name on the host; by default, that of the ssh configuration.</summary>
    [Parameter(ParameterSetName = HostNameSet, ValueFromPipelineByPropertyName = true)]
    public string? UserName { get; set; }

    /// <summary>Gets the path of a private key; by default, ssh uses its configuration and agent.</summary>
    [Parameter(ParameterSetName = HostNameSet, ValueFromPipelineByPropertyName = true)]
    public string? KeyFilePath { get; set; }

    /// <summary>Gets the SSH port. If it is missing, 0 or empty, the port of the ssh configuration is used.</summary>
    [Parameter(ParameterSetName = HostNameSet, ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, ushort.MaxValue)]
    public int Port { get; set; }

    /// <summary>Gets the connection timeout in milliseconds.</summary>
    [Parameter(ParameterSetName = HostNameSet)]
    [ValidateRange(1, int.MaxValue)]
    public int ConnectingTimeout { get; set; } = (int)SshDestination.StandardConnectingTimeout.TotalMilliseconds;

    /// <summary>Gets a value that allows copying xenshared to a host where it is missing or incompatible.</summary>
    [Parameter(ParameterSetName = HostNameSet)]
    public SwitchParameter InstallRemote { get; set; }

    /// <summary>Gets the executable to copy; by default, that of the module.</summary>
    [Parameter(ParameterSetName = HostNameSet)]
    [ValidateNotNullOrEmpty]
    public string? ExecutablePath { get; set; }

    /// <summary>Gets the maximum number of hosts that are connected to at the same time.</summary>
    [Parameter(ParameterSetName = HostNameSet)]
    [ValidateRange(1, 1024)]
    public int ThrottleLimit { get; set; } = DomainQueryCmdletBase.StandardThrottleLimit;

    /// <summary>
    /// Gets the files to open: captures, core dumps, saved guests, pages or console logs, detected by content. Wildcards are permitted.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Gets the files to open by their exact names.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>
    /// Gets the number of the dump to show if a console log contains several, counted from 1; by default, the last complete dump.
    /// </summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [ValidateRange(1, int.MaxValue)]
    public int? Dump { get; set; }

    /// <summary>Gets a value that selects a simulated host in this session, to learn and to test scripts with.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SimulatedSet)]
    public SwitchParameter Simulated { get; set; }

    /// <summary>Gets the number of domains of the simulated host, without its control domain.</summary>
    [Parameter(ParameterSetName = SimulatedSet)]
    [ValidateRange(0, SimulatedTarget.MaximumDomainCount)]
    public int DomainCount { get; set; } = SimulatedTarget.StandardDomainCount;

    /// <summary>Gets the seed that determines everything on the simulated host.</summary>
    [Parameter(ParameterSetName = SimulatedSet)]
    public int Seed { get; set; } = 1;

    // The number of this Connect-XenTarget command, counted in the session. All targets that the last such command connected are the
    // default targets of the session.
    private int _batch;
    private RemoteConnections? _remote;

    /// <inheritdoc/>
    protected override void BeginProcessing() => _batch = SessionTargets.Current.NewBatch();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case HostNameSet:
                _remote ??= new RemoteConnections(this, _batch, ThrottleLimit);
                foreach (var name in HostName.Where(ConfirmConnect))
                    _remote.Add(
                        name,
                        UserName,
                        Port,
                        string.IsNullOrEmpty(KeyFilePath) ? null : GetUnresolvedProviderPathFromPSPath(KeyFilePath),
                        ConnectingTimeout);
                break;
            case PathSet:
            case LiteralPathSet:
                var (isLiteral, dump) = (ParameterSetName == LiteralPathSet, Dump);
                foreach (var file in ResolveFiles(isLiteral ? LiteralPath : Path, isLiteral))
                    Connect(cancellation => TargetFile.Open(file, dump, cancellation), file);
                break;
            case SimulatedSet:
                var (count, seed) = (DomainCount, Seed);
                Connect(_ => new SimulatedTarget(count, seed), null);
                break;
            default:
                Connect(_ => LocalTarget.Open(), null);
                break;
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_remote is null) return;
        if (InstallRemote) _remote.Executable = ReadExecutable();
        _remote.Connect(Cancellation);
    }

    private RemoteInstall? ReadExecutable()
    {
        var path = ExecutablePath is null
            ? System.IO.Path.Combine(MyInvocation.MyCommand.Module.ModuleBase, "remote", "linux-x64", "xenshared")
            : GetUnresolvedProviderPathFromPSPath(ExecutablePath);
        try
        {
            return RemoteInstall.Read(path);
        }
        catch (XenException error)
        {
            ThrowTerminatingError(ErrorRecords.From(error, path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            ThrowTerminatingError(ErrorRecords.FromFile(error, path));
        }
        return null;
    }

    private void Connect(Func<CancellationToken, IXenDataSource> open, string? path)
    {
        if (!ConfirmConnect(path ?? ParameterSetName)) return;
        IXenDataSource connection;
        try
        {
            connection = open(Cancellation);
        }
        catch (XenException error) when (path is null)
        {
            ThrowTerminatingError(ErrorRecords.From(error, Environment.MachineName));
            return;
        }
        catch (XenException error)
        {
            // This file is not valid. The other files of the command may be valid, so the error does not end the pipeline.
            WriteError(ErrorRecords.From(error, path));
            return;
        }
        catch (Exception error) when (path is not null && error is IOException or UnauthorizedAccessException)
        {
            WriteError(ErrorRecords.FromFile(error, path!));
            return;
        }
        WriteObject(SessionTargets.Current.Add(connection, open, path, _batch));
    }

    // Determines whether to connect to the host or file. The user is asked only with -Confirm, because connecting changes nothing that
    // would need a confirmation. With -WhatIf, the result is false.
    private bool ConfirmConnect(string name)
    {
        var isAsked = IsOn("WhatIf", "WhatIfPreference") || IsOn("Confirm", null);
        return !isAsked
            || ShouldProcess(ViewFormat.Plain(name), InstallRemote ? "Connect, and install xenshared there if necessary" : "Connect");
    }

    private bool IsOn(string parameter, string? preference) => MyInvocation.BoundParameters.TryGetValue(parameter, out var value)
        ? LanguagePrimitives.IsTrue(value)
        : preference is not null && LanguagePrimitives.IsTrue(GetVariableValue(preference));
}
