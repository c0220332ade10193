using System.ComponentModel;
using System.Management.Automation;
using System.Runtime.ExceptionServices;
using XenShared.Poking;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.Formatting;
using XenShared.PowerShell.Parameters;
using XenShared.PowerShell.Session;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands.Base;

/// <summary>A cmdlet that writes: it asks before each change, tells what was done, and keeps it in the log.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class PokeCmdletBase : XenCmdletBase, IPokeObserver
{
    /// <summary>The variable that names the log for a whole session.</summary>
    private const string LogVariable = "XenPokeLogPath";

    private readonly Dictionary<object, TargetConnection> _connections = [];
    private XenTarget? _chosen;

    // What kept a change from being output first: Ctrl+C, a command further down that has enough or fails.
    private ExceptionDispatchInfo? _outputError;

    /// <summary>Gets the file to which every poke is appended, as a line of JSON.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LogPath { get; set; }

    /// <summary>
    /// Gets the target to write to; without it the session's, else the local host. Of several, the one of the host that the object from the
    /// pipeline came from.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public XenTarget? Target { get; set; }

    /// <summary>Gets a value indicating whether pokes are written to the pipeline.</summary>
    private protected virtual bool WritesPokes => true;

    /// <summary>Gets a value indicating whether guards are overridden.</summary>
    private protected virtual bool IsForced => false;

    bool IPokeObserver.Confirm(PokeProposal proposal)
    {
        _outputError?.Throw();
        var connection = Connection();
        var isAgreed = false;
        // The answer can take minutes, so the guards run again after it.
        connection.RunOutside(() =>
            isAgreed = ShouldProcess(
                ViewFormat.Plain($"{proposal.Subject} of {connection.Target.DisplayName}"),
                ViewFormat.Plain(proposal.Text)
            )
        );
        connection.Closing.ThrowIfCancellationRequested();
        return isAgreed;
    }

    void IPokeObserver.Done(XenPoke poke) => Output(() =>
    {
        WriteVerbose(ViewFormat.Plain($"{poke.Field} of domain {poke.DomId}: done ({poke.Action})."));
        if (WritesPokes) WriteObject(poke);
    });

    void IPokeObserver.Warn(string message) => Output(() => WriteWarning(ViewFormat.Plain(message)));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var connection in _connections.Values) connection.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>Gets how pokes are done.</summary>
    private protected PokeOptions Options =>
        new()
        {
            Force = IsForced,
            LogPath = LogFile(),
            Locator = new GuestMemoryLocator(OpenTarget(), Cancellation),
        };

    /// <summary>Determines whether a number is a domain's; what stands for a halted one is reported.</summary>
    private protected bool IsDomain(ushort domId)
    {
        if (domId != DomainNumberTransformationAttribute.Halted)
            return true;
        WriteError(
            ErrorRecords.From(
                new XenException(
                    XenErrorId.DomainNotFound,
                    "No domain has the number -1: toolstacks write it for a VM that is halted; start the VM, or leave it out.")
                {
                    Hint = "Start the VM, or leave it out.",
                },
                -1));
        return false;
    }

    /// <summary>
    /// Chooses the one target of this record; when none, or more than one, fits the host that it is of, that is reported, and false.
    /// </summary>
    private protected bool ChooseTarget(string? hostName)
    {
        var targets = TargetChoice.Resolve(Target is null ? null : [Target], [hostName], out var error);
        if (error is null && targets.Count > 1) error = TargetChoice.Ambiguous(targets.Count);
        if (error is not null) WriteError(error);
        else _chosen = targets[0];
        return error is null;
    }

    /// <summary>
    /// Opens the chosen target when it is asked for first. Without it nothing can succeed, so its errors end the pipeline.
    /// </summary>
    private protected IXenDataSource OpenTarget() => Connection().Target;

    private TargetConnection Connection()
    {
        var source = _chosen ?? (object)Environment.MachineName;
        if (_connections.TryGetValue(source, out var connection)) return connection;
        try
        {
            connection = _chosen is null ? new TargetConnection(LocalTarget.Open()) : _chosen.Acquire(SessionTargets.Current, Cancellation);
        }
        catch (XenException error)
        {
            ThrowTerminatingError(ErrorRecords.From(error, source));
        }
        if (connection is null) ThrowTerminatingError(TargetChoice.Disconnected(_chosen!));
        return _connections[source] = connection!;
    }

    /// <summary>Does one poke; what goes wrong with it is reported, and the next one follows.</summary>
    private protected void InvokeAndReportErrors(Action poke)
    {
        try
        {
            Connection().Use(_ => { poke(); return true; }, Cancellation);
            _outputError?.Throw();
        }
        catch (XenException error) when (error.IsFatal)
        {
            ThrowTerminatingError(ErrorRecords.From(error, _chosen));
        }
        catch (XenException error)
        {
            WriteError(ErrorRecords.From(error, _chosen));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException && LogFile() is not null)
        {
            // Without its log nothing is poked.
            ThrowTerminatingError(ErrorRecords.FromFile(error, LogFile()!));
        }
        catch (OperationCanceledException) when (Cancellation.IsCancellationRequested)
        {
            // Ctrl+C: PowerShell itself ends the pipeline.
        }
        catch (OperationCanceledException) when (_chosen is not null && Connection().IsClosed)
        {
            ThrowTerminatingError(TargetChoice.Disconnected(_chosen));
        }
    }

    // This comes between two writes of a sequence, and a pipeline that stops must not end it there. What comes after in the pipeline may
    // ask the same target in other threads.
    private void Output(Action output)
    {
        try
        {
            Connection().RunOutside(output);
        }
        catch (Exception error)
        {
            _outputError ??= ExceptionDispatchInfo.Capture(error);
        }
    }

    private string? LogFile()
    {
        var path = LogPath
            ?? (GetVariableValue(LogVariable) is { } value ? (value is PSObject wrapped ? wrapped.BaseObject : value).ToString() : null);
        return string.IsNullOrEmpty(path) ? null : SessionState.Path.GetUnresolvedProviderPathFromPSPath(path);
    }
}
