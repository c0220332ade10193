using System.Management.Automation;
using XenShared.Guests.Memory;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.FanOut;
using XenShared.PowerShell.Formatting;
using XenShared.PowerShell.Progress;
using XenShared.PowerShell.Session;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands.Base;

/// <summary>One of the targets that a pipeline asks: its connection, and what is to be said beside its answers.</summary>
/// <param name="cmdlet">The cmdlet that asks.</param>
/// <param name="source">What errors are about that name neither domain nor port: the target, a file, a machine.</param>
/// <param name="open">Opens it; null when it has been disconnected.</param>
internal sealed class TargetSession(DomainCmdletBase cmdlet, object source, Func<TargetConnection?> open) : IQueryObserver, IDisposable
{
    private readonly HashSet<(ushort? DomId, XenErrorId Id, string Message)> _warned = [];
    private TargetConnection? _connection;
    private CancellationTokenSource? _ending;
    private ScanProgressBar? _scanBar;

    // The connection, and those that it is compared with, in the order in which they are entered.
    private TargetConnection[] _entered = [];

    /// <summary>Brings what is said to the thread of the pipeline; null when it is that thread that asks.</summary>
    public PipelineWriter? PipelineWriter { get; set; }

    /// <summary>Gets the target, or the file.</summary>
    public object Source => source;

    /// <summary>Gets the target, which is open.</summary>
    public IXenDataSource Connection => _connection!.Target;

    /// <summary>Ends what is asked: the pipeline is stopped, or the target is disconnected.</summary>
    public CancellationToken Cancellation => _ending!.Token;

    /// <summary>Gets the error of a target that was disconnected while it was asked; null while none was.</summary>
    public ErrorRecord? Disconnection => Array.Find(_entered, connection => connection.IsClosed) is not { } closed ? null
        : closed == _connection && source is XenTarget target ? TargetChoice.Disconnected(target)
        : TargetChoice.Disconnected(closed.Target.DisplayName, source);

    /// <summary>Opens the connection unless it is open; false when the target has been disconnected.</summary>
    public bool TryOpen()
    {
        if (_connection is not null) return true;
        _connection = open();
        if (_connection is null) return false;
        Enlist([]);
        WriteOutOfBand(() =>
            cmdlet.WriteVerbose(
                ViewFormat.Plain($"Asking {Connection.DisplayName}: {Connection.Host.HostName}, Xen {Connection.Host.Version}.")
            )
        );
        return true;
    }

    /// <summary>Takes note of connections that are used together with this one.</summary>
    public void Enlist(IReadOnlyList<TargetConnection> others)
    {
        _entered = [.. others.Append(_connection!).Distinct().OrderBy(connection => connection.Number)];
        _ending?.Dispose();
        _ending = CancellationTokenSource.CreateLinkedTokenSource([
            cmdlet.Cancellation,
            .. _entered.Select(connection => connection.Closing),
        ]);
    }

    /// <summary>Returns what a query finds, one by one. The connection is held only while the next one is looked for.</summary>
    public IEnumerable<object> Read(IEnumerable<object> query)
    {
        using var answers = Use(query.GetEnumerator);
        while (Use(answers.MoveNext)) yield return answers.Current;
        if (_scanBar is not null) WriteOutOfBand(_scanBar.Hide);
    }

    /// <summary>Asks while nobody else does.</summary>
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
            // Of a domain once; of the host each thing once.
            if (_warned.Add((warning.DomId, warning.Id, warning.DomId is null ? warning.Message : "")))
                cmdlet.WriteWarning(ViewFormat.Plain(warning.Message));
        });

    void IQueryObserver.Fail(XenException exception) => WriteOutOfBand(() => cmdlet.WriteError(Record(exception)));

    void IQueryObserver.Report(ScanProgress progress) =>
        WriteOutOfBand(() => (_scanBar ??= new ScanProgressBar(cmdlet.WriteProgress)).Show(progress));

    /// <summary>Makes the record of an error that names neither domain nor port after what was asked.</summary>
    public ErrorRecord Record(XenException error) =>
        ErrorRecords.From(error, error.Id == XenErrorId.DomainNotFound ? cmdlet.Name is [var only] ? only : cmdlet.Name : source);

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
        // The pipeline may ask the same target in other threads before it returns. The lowest number comes back first, as everywhere.
        foreach (var connection in _entered)
        {
            var inner = act;
            act = () => connection.RunOutside(inner);
        }
        act();
    }
}
