using XenShared.PowerShell.Session;
using XenShared.Readings;
using XenShared.Targets;

namespace XenShared;

/// <summary>A connected target: where the answers of the other cmdlets come from.</summary>
public sealed class XenTarget
{
    private readonly SessionTargets _session;
    private readonly Func<IXenTarget> _open;
    private readonly object _gate = new();
    private IXenTarget? _connection;

    internal XenTarget(int id, IXenTarget connection, Func<IXenTarget> open, string? path, SessionTargets session, int batch)
    {
        _connection = connection;
        _open = open;
        _session = session;
        Batch = batch;
        Id = id;
        Name = connection.DisplayName;
        Kind = connection.Kind;
        HostName = connection.Host.HostName;
        XenVersion = connection.Host.Version;
        Architecture = connection.Host.Architecture;
        Path = path;
    }

    /// <summary>Its number in this session.</summary>
    public int Id { get; }

    /// <summary>How messages name it, such as <c>the local host</c> or a file name.</summary>
    public string Name { get; }

    /// <summary>Its kind.</summary>
    public TargetKind Kind { get; }

    /// <summary>The host that the answers are about.</summary>
    public string HostName { get; }

    /// <summary>The host's hypervisor; null when the file does not carry it.</summary>
    public XenVersion? XenVersion { get; }

    /// <summary><c>x86_64</c> or <c>arm64</c>; null when the file does not carry it.</summary>
    public string? Architecture { get; }

    /// <summary>The file, of a target that is one; otherwise null.</summary>
    public string? Path { get; }

    /// <summary>Whether cmdlets ask this target when none is named: it is one of those that the last command connected.</summary>
    public bool IsDefault => _session.Defaults.Contains(this);

    /// <summary>Which command of the session connected it.</summary>
    internal int Batch { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Whether the target is a host of this name, by its own word or by the name it was connected by.</summary>
    internal bool IsHost(string hostName) =>
        string.Equals(HostName, hostName, StringComparison.OrdinalIgnoreCase) || string.Equals(Name, hostName, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Lends the connection; null when the target has been disconnected. Another session (ForEach-Object -Parallel, a thread job) gets a connection of its own,
    /// which may fail as that of Connect-XenTarget does.
    /// </summary>
    internal TargetLease? Lend(SessionTargets borrower) =>
        _connection is not { } connection ? null : borrower == _session ? TargetLease.Borrow(connection, _gate) : TargetLease.Own(_open());

    internal void Close()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
