using System.Diagnostics.CodeAnalysis;
using XenShared.Hypervisor;
using XenShared.Targets;

namespace XenShared;

/// <summary>A connected target: where the answers of the other cmdlets come from.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The session that connected it closes it; for users it is a value.")]
public sealed class XenTarget
{
    // A question that is under way sees that it is called off, or has its answer, long before.
    private static readonly TimeSpan s_closingTimeout = TimeSpan.FromSeconds(5);

    private readonly object _session;
    private readonly Func<XenTarget, bool> _isDefault;
    private readonly Func<CancellationToken, IXenDataSource> _open;
    private readonly TargetConnection _connection;

    internal XenTarget(
        int id,
        IXenDataSource connection,
        Func<CancellationToken, IXenDataSource> open,
        string? path,
        object session,
        Func<XenTarget, bool> isDefault,
        int batch)
    {
        _connection = new TargetConnection(connection);
        _open = open;
        _session = session;
        _isDefault = isDefault;
        Batch = batch;
        Id = id;
        Name = connection.DisplayName;
        Kind = connection.Kind;
        HostName = connection.Host.HostName;
        XenVersion = connection.Host.Version;
        Architecture = connection.Host.Architecture;
        Path = path;
    }

    /// <summary>Gets its number in this session.</summary>
    public int Id { get; }

    /// <summary>Gets how messages name it, such as <c>the local host</c> or a file name.</summary>
    public string Name { get; }

    /// <summary>Gets its kind.</summary>
    public TargetKind Kind { get; }

    /// <summary>Gets the host that the answers are about.</summary>
    public string HostName { get; }

    /// <summary>Gets the host's hypervisor; null when the file does not carry it.</summary>
    public XenVersion? XenVersion { get; }

    /// <summary><c>x86_64</c> or <c>arm64</c>; null when the file does not carry it.</summary>
    public string? Architecture { get; }

    /// <summary>Gets the file, of a target that is one; otherwise null.</summary>
    public string? Path { get; }

    /// <summary>
    /// Gets a value indicating whether cmdlets ask this target when none is named: it is one of those that the last command connected.
    /// </summary>
    public bool IsDefault => _isDefault(this);

    /// <summary>Gets which command of the session connected it.</summary>
    internal int Batch { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Determines whether the target is a host of this name, by its own word or by the name it was connected by.</summary>
    internal bool IsHost(string hostName) =>
        string.Equals(HostName, hostName, StringComparison.OrdinalIgnoreCase)
        || string.Equals(Name, hostName, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Gets the connection for the time of one pipeline, which lets it go by disposing it; null when the target has been disconnected.
    /// Another session (ForEach-Object -Parallel, a thread job) gets a connection of its own, which may fail as that of Connect-XenTarget
    /// does.
    /// </summary>
    internal TargetConnection? Acquire(object session, CancellationToken cancellation)
    {
        if (session == _session) return _connection.TryAddRef() ? _connection : null;
        return _connection.IsClosed ? null : new TargetConnection(_open(cancellation));
    }

    /// <summary>Disconnects: those who ask the target are cut off, and waited for.</summary>
    internal void Close() => _connection.Close(s_closingTimeout);
}
