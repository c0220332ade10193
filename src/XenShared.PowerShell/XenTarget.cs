using System.Diagnostics.CodeAnalysis;
using XenShared.Hypervisor;
using XenShared.Targets;

namespace XenShared;

/// <summary>Represents a connected target, from which the other cmdlets read.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The session that connected it closes it; for users it is a value.")]
public sealed class XenTarget
{
    // The maximum time that Close waits for running queries after it has cancelled them. They normally end long before.
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

    /// <summary>Gets the number of the target in this session.</summary>
    public int Id { get; }

    /// <summary>Gets the name for messages, such as <c>the local host</c> or a file name.</summary>
    public string Name { get; }

    /// <summary>Gets the kind of the target.</summary>
    public TargetKind Kind { get; }

    /// <summary>Gets the name of the host that the data is from.</summary>
    public string HostName { get; }

    /// <summary>Gets the host's hypervisor; null if the file does not contain it.</summary>
    public XenVersion? XenVersion { get; }

    /// <summary>Gets the architecture, <c>x86_64</c> or <c>arm64</c>; null if the file does not contain it.</summary>
    public string? Architecture { get; }

    /// <summary>Gets the path if the target is a file; otherwise null.</summary>
    public string? Path { get; }

    /// <summary>
    /// Gets a value indicating whether cmdlets without -Target use this target: the last Connect-XenTarget command connected it.
    /// </summary>
    public bool IsDefault => _isDefault(this);

    /// <summary>Gets the number of the Connect-XenTarget command that connected the target.</summary>
    internal int Batch { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>
    /// Determines whether the target is the host of this name: the name that the host reports, or the name used to connect.
    /// </summary>
    internal bool IsHost(string hostName) =>
        string.Equals(HostName, hostName, StringComparison.OrdinalIgnoreCase)
        || string.Equals(Name, hostName, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Acquires the connection for one pipeline, which disposes it at its end; null if the target has been disconnected. Another session
    /// (ForEach-Object -Parallel, a thread job) gets a separate connection, which can fail like that of Connect-XenTarget.
    /// </summary>
    internal TargetConnection? Acquire(object session, CancellationToken cancellation)
    {
        if (session == _session) return _connection.TryAddRef() ? _connection : null;
        return _connection.IsClosed ? null : new TargetConnection(_open(cancellation));
    }

    /// <summary>Disconnects the target: cancels the queries that use it, and waits for them.</summary>
    internal void Close() => _connection.Close(s_closingTimeout);
}
