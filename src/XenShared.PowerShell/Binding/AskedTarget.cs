using System.Management.Automation;
using XenShared.Guests.Memory;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.Formatting;
using XenShared.PowerShell.Session;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Binding;

/// <summary>One of the targets that a pipeline asks: its connection, and what is to be said beside its answers.</summary>
/// <param name="cmdlet">The cmdlet that asks.</param>
/// <param name="source">What errors are about that name neither domain nor port: the target, a file, a machine.</param>
/// <param name="open">Opens it; null when it has been disconnected.</param>
internal sealed class AskedTarget(DomainCmdletBase cmdlet, object source, Func<TargetLease?> open) : IQueryObserver, IDisposable
{
    private readonly HashSet<(ushort? DomId, XenErrorId Id, string Message)> _warned = [];
    private TargetLease? _lease;
    private ScanBar? _scanBar;

    /// <summary>Brings what is said to the thread of the pipeline; null when it is that thread that asks.</summary>
    public Voice? Voice { get; set; }

    /// <summary>The target, or the file.</summary>
    public object Source => source;

    /// <summary>The connection, which is open.</summary>
    public IXenTarget Connection => _lease!.Target;

    /// <summary>Opens the connection unless it is open; false when the target has been disconnected.</summary>
    public bool TryOpen()
    {
        if (_lease is not null) return true;
        _lease = open();
        if (_lease is not null) Say(() => cmdlet.WriteVerbose(Cell.Plain($"Asking {Connection.DisplayName}: {Connection.Host.HostName}, Xen {Connection.Host.Version}.")));
        return _lease is not null;
    }

    /// <summary>What a query finds, one by one. The connection is held only while the next one is looked for.</summary>
    public IEnumerable<object> Read(IEnumerable<object> query)
    {
        using var answers = Locked(query.GetEnumerator);
        while (Locked(answers.MoveNext)) yield return answers.Current;
        if (_scanBar is not null) Say(_scanBar.Hide);
    }

    void IQueryObserver.Warn(QueryWarning warning) => Say(() =>
    {
        // Of a domain once; of the host each thing once.
        if (_warned.Add((warning.DomId, warning.Id, warning.DomId is null ? warning.Message : ""))) cmdlet.WriteWarning(Cell.Plain(warning.Message));
    });

    void IQueryObserver.Fail(XenException exception) => Say(() => cmdlet.WriteError(Record(exception)));

    void IQueryObserver.Report(ScanProgress progress) => Say(() => (_scanBar ??= new ScanBar(cmdlet)).Show(progress));

    /// <summary>Makes the record of an error that names neither domain nor port after what was asked.</summary>
    public ErrorRecord Record(XenException error) =>
        ErrorRecords.From(error, error.Id == XenErrorId.DomainNotFound ? cmdlet.Name is [var only] ? only : cmdlet.Name : source);

    public void Dispose() => _lease?.Dispose();

    private void Say(Action act)
    {
        if (Voice is null) act();
        else Voice.Say(act);
    }

    private T Locked<T>(Func<T> work)
    {
        lock (_lease!.Gate) return work();
    }
}
