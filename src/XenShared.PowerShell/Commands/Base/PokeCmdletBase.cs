using System.ComponentModel;
using System.Management.Automation;
using System.Runtime.ExceptionServices;
using XenShared.Poking;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.Formatting;
using XenShared.PowerShell.Session;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands.Base;

/// <summary>
/// Represents a cmdlet that writes to guests. It asks for confirmation before each change, and outputs and logs each write (poke).
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class PokeCmdletBase : XenCmdletBase, IPokeObserver
{
    /// <summary>Specifies the name of the variable with the log path of the session.</summary>
    private const string LogVariable = "XenPokeLogPath";

    private readonly Dictionary<object, TargetConnection> _connections = [];
    private XenTarget? _chosen;

    /// <summary>Gets the object that stands for the local host where others have a <see cref="XenTarget"/>.</summary>
    private static object LocalHost => Environment.MachineName;

    // The first error of output to the pipeline; null if there was none. Its cause is Ctrl+C, or a later command that stopped or failed. It
    // is thrown only after all writes of the change are done.
    private ExceptionDispatchInfo? _outputError;

    /// <summary>Gets the path of the log, to which every poke is appended as a line of JSON.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LogPath { get; set; }

    /// <summary>
    /// Gets the target to write to; by default that of the session, otherwise the local host. Of several targets, the one with the host of
    /// the pipeline object is used.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(TargetCompleter))]
    public XenTarget? Target { get; set; }

    /// <summary>Gets a value indicating whether pokes are written to the pipeline.</summary>
    private protected virtual bool WritesPokes => true;

    bool IPokeObserver.Confirm(PokeProposal proposal)
    {
        _outputError?.Throw();
        var connection = Connection();
        var isAgreed = false;
        // The user can take minutes to answer. So the lock of the connection is released during the prompt. The guest can change in this
        // time, so the checks of the change run again afterwards.
        connection.RunOutside(() =>
        {
            foreach (var detail in proposal.Details) WriteVerbose(ViewFormat.Plain(detail));
            isAgreed = ShouldProcess(ViewFormat.Plain(connection.Target.DisplayName), ViewFormat.Plain(proposal.Text));
        });
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

    /// <summary>
    /// Selects the target whose host is that of this pipeline object. If there is not exactly one, reports an error and returns false.
    /// </summary>
    /// <param name="hostName">The host; null for any.</param>
    /// <param name="hasDomain">Determines whether the domain is on a target; null if it is not searched for.</param>
    /// <param name="fromMissing">Creates the error if it is on none of the targets.</param>
    private protected bool ChooseTarget(
        string? hostName,
        Predicate<IXenDataSource>? hasDomain = null,
        Func<IReadOnlyList<object>, ErrorRecord>? fromMissing = null)
    {
        var all = SessionTargets.Current.Choose(Target is null ? null : [Target], [hostName], out var error);
        var targets = error is not null || hasDomain is null ? all : [.. all.Where(Has)];
        if (error is null && targets.Count == 0) error = fromMissing!([.. all.Select(target => target ?? LocalHost)]);
        if (error is null && targets.Count > 1) error = ErrorRecords.Ambiguous(targets.Count);
        if (error is not null) WriteError(error);
        else _chosen = targets[0];
        return error is null;

        bool Has(XenTarget? target)
        {
            _chosen = target;
            var has = false;
            InvokeAndReportErrors(source => has = hasDomain!(source));
            return has;
        }
    }

    /// <summary>Opens the selected target at its first use. Nothing can succeed without it, so its errors end the pipeline.</summary>
    private protected void OpenTarget() => Connection();

    /// <summary>Executes a request. Its errors are reported, and the next request follows.</summary>
    private protected void Execute(PokeRequest request) => InvokeAndReportErrors(target =>
    {
        var options = new PokeOptions { LogPath = LogFile(), Locator = new GuestMemoryLocator(target, Cancellation) };
        new PokeRunner(target, this) { Options = options }.Run(request, Cancellation);
    });

    private TargetConnection Connection()
    {
        var source = _chosen ?? LocalHost;
        if (_connections.TryGetValue(source, out var connection)) return connection;
        try
        {
            connection = _chosen is null ? new TargetConnection(LocalTarget.Open()) : _chosen.Acquire(SessionTargets.Current, Cancellation);
        }
        catch (XenException error)
        {
            ThrowTerminatingError(ErrorRecords.From(error, source));
        }
        if (connection is null) ThrowTerminatingError(ErrorRecords.Disconnected(_chosen!));
        return _connections[source] = connection!;
    }

    /// <summary>
    /// Runs an action on the open target and reports its errors. An error that affects the whole target ends the pipeline.
    /// </summary>
    private protected void InvokeAndReportErrors(Action<IXenDataSource> poke)
    {
        try
        {
            Connection().Use(target => { poke(target); return true; }, Cancellation);
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
            // If a log is requested, each write must be recorded in it. The log cannot be written, so nothing more is written to guests,
            // and the error ends the pipeline.
            ThrowTerminatingError(ErrorRecords.FromFile(error, LogFile()!));
        }
        catch (OperationCanceledException) when (Cancellation.IsCancellationRequested)
        {
            // Ctrl+C was pressed. PowerShell itself ends the pipeline, so no error is reported here.
        }
        catch (OperationCanceledException) when (_chosen is not null && Connection().IsClosed)
        {
            ThrowTerminatingError(ErrorRecords.Disconnected(_chosen));
        }
    }

    // Runs an action that outputs to the pipeline. It can run between two writes of one change. An error of output must not leave the
    // change incomplete, so it is stored and thrown later. The lock of the connection is released, because later commands of the pipeline
    // may use the same target on other threads.
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
