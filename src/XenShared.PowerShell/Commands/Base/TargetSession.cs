using System.Management.Automation;
using XenShared.Guests.Memory;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.FanOut;
using XenShared.PowerShell.Progress;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands.Base;

/// <summary>Represents the use of one target by one pipeline: holds the connection, and writes warnings, errors and progress.</summary>
/// <param name="cmdlet">The cmdlet.</param>
/// <param name="source">The target, file or host. It is also the TargetObject of errors about neither a domain nor a port.</param>
/// <param name="open">Opens the connection; returns null if the target has been disconnected.</param>
internal sealed class TargetSession(DomainCmdletBase cmdlet, object source, Func<TargetConnection?> open) : IQueryObserver, IDisposable
{
    private readonly HashSet<(ushort? DomId, XenErrorId Id, string Message)> _warned = [];
    private TargetConnection? _connection;
    private CancellationTokenSource? _ending;
    private ScanProgressBar? _scanBar;

    // The connections that a query uses: that of this session, and those that Enlist was given. They are locked in the order of their
    // numbers, so that no two threads wait for each other.
    private TargetConnection[] _entered = [];

    /// <summary>Gets or sets the writer that passes output to the thread of the pipeline; null if the query runs on that thread.</summary>
    public PipelineWriter? PipelineWriter { get; set; }

    /// <summary>Gets the target or the file.</summary>
    public object Source => source;

    /// <summary>Gets a value indicating whether the source is a file that is read for this command only.</summary>
    public bool IsFile => source is not XenTarget && _connection is { Target.IsLive: false };

    /// <summary>Gets the data source of the open connection.</summary>
    public IXenDataSource Connection => _connection!.Target;

    /// <summary>Gets the open connection.</summary>
    public TargetConnection TargetConnection => _connection!;

    /// <summary>Gets the token that is cancelled when the pipeline is stopped or the target is disconnected.</summary>
    public CancellationToken Cancellation => _ending!.Token;

    /// <summary>Gets the error if the target was disconnected during a query; otherwise null.</summary>
    public ErrorRecord? Disconnection => Array.Find(_entered, connection => connection.IsClosed) is not { } closed ? null
        : closed == _connection && source is XenTarget target ? ErrorRecords.Disconnected(target)
        : ErrorRecords.Disconnected(closed.Target.DisplayName, source);

    /// <summary>Opens the connection unless it is open; false if the target has been disconnected.</summary>
    public bool TryOpen()
    {
        if (_connection is not null) return true;
        _connection = open();
        if (_connection is null) return false;
        Enlist([]);
        WriteOutOfBand(() =>
            cmdlet.WriteVerbose($"Querying {Connection.DisplayName}: {Connection.Host.HostName}, Xen {Connection.Host.Version}."));
        return true;
    }

    /// <summary>Sets the other connections that the next query uses. They are locked together with this one.</summary>
    public void Enlist(IReadOnlyList<TargetConnection> others)
    {
        _entered = [.. others.Append(_connection!).Distinct().OrderBy(connection => connection.Number)];
        _ending?.Dispose();
        _ending = CancellationTokenSource.CreateLinkedTokenSource([
            cmdlet.Cancellation,
            .. _entered.Select(connection => connection.Closing),
        ]);
    }

    /// <summary>Returns the results of a query one by one. The connections are locked only while the next result is read.</summary>
    public IEnumerable<object> Read(IEnumerable<object> query)
    {
        using var answers = Use(query.GetEnumerator);
        while (Use(answers.MoveNext)) yield return answers.Current;
        if (_scanBar is not null) WriteOutOfBand(_scanBar.Hide);
    }

    /// <summary>Runs a function while the connections are locked.</summary>
    /// <exception cref="OperationCanceledException">The pipeline is stopped, or the target was disconnected.</exception>
    public T Use<T>(Func<T> work)
    {
        var entered = 0;
        try
        {
            foreach (var connection in _entered)
            {
                connection.Enter(Cancellation);
                entered++;
            }
            return work();
        }
        finally
        {
            while (entered > 0) _entered[--entered].Exit();
        }
    }

    void IQueryObserver.Warn(QueryWarning warning) =>
        WriteOutOfBand(() =>
        {
            // A warning about a domain (DomId is not null) is written once for each domain and warning id. A warning about the host is
            // written once for each text.
            if (_warned.Add((warning.DomId, warning.Id, warning.DomId is null ? warning.Message : "")))
                cmdlet.WriteWarning(warning.Message);
        });

    void IQueryObserver.Fail(XenException exception) => WriteOutOfBand(() => cmdlet.WriteError(Record(exception)));

    void IQueryObserver.Report(ScanProgress progress) =>
        WriteOutOfBand(() => (_scanBar ??= new ScanProgressBar(cmdlet.WriteProgress)).Show(progress));

    /// <summary>Creates an error record, with the source as its target object if the error is about neither a domain nor a port.</summary>
    public ErrorRecord Record(XenException error) => ErrorRecords.From(error, source);

    /// <summary>Creates the error record of a file that could not be read.</summary>
    public ErrorRecord Record(Exception error) => ErrorRecords.FromFile(error, (source as XenTarget)?.Path ?? source.ToString()!);

    public void Dispose()
    {
        _connection?.Dispose();
        _connection = null;
    }

    private void WriteOutOfBand(Action act)
    {
        if (PipelineWriter is not null)
        {
            PipelineWriter.WriteOutOfBand(act);
            return;
        }
        // Output can start later commands of the pipeline, which may use the same target on other threads. So all locks are released during
        // the output. Afterwards they are taken again in the order of the numbers of the connections, so that no two threads wait for each
        // other.
        foreach (var connection in _entered)
        {
            var inner = act;
            act = () => connection.RunOutside(inner);
        }
        act();
    }
}
