using System.ComponentModel;
using System.Management.Automation;
using XenShared.Hypervisor;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.FanOut;
using XenShared.PowerShell.Parameters;
using XenShared.PowerShell.Progress;
using XenShared.PowerShell.Session;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands.Base;

/// <summary>Provides the parameters that select domains and targets.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class DomainCmdletBase : XenCmdletBase
{
    /// <summary>Specifies the longest sampling time, one hour. A larger value is probably meant in another unit.</summary>
    private protected const double MaximumSampleSeconds = 3600;

    private readonly Dictionary<object, TargetSession> _sessions = [];

    // The domains of each target that was searched for UUIDs. A target that could not be read has an empty list.
    private readonly Dictionary<TargetSession, IReadOnlyList<DomainInfo>> _listed = [];
    private readonly List<XenTarget> _piped = [];
    private bool _isDomIdGiven;
    private bool _isNameGiven;
    private bool _isTargetGiven;

    /// <summary>Gets the object that stands for the local host where others have a <see cref="XenTarget"/>.</summary>
    private static object LocalHost => Environment.MachineName;

    /// <summary>Gets the domain numbers.</summary>
    [Parameter(ParameterSetName = DomIdSet, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Id", "dom-id")]
    [DomainTransformation]
    [ArgumentCompleter(typeof(DomainNumberCompleter))]
    public virtual ushort[]? DomId { get; set; }

    /// <summary>Gets the domain names. Wildcards are permitted.</summary>
    [Parameter(ParameterSetName = DomIdSet)]
    [Parameter(
        ParameterSetName = NameSet,
        Mandatory = true,
        Position = 0,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true)]
    [Alias("VMName", "DomainName")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [DomainTransformation(IsName = true)]
    [ArgumentCompleter(typeof(DomainNameCompleter))]
    public virtual string[] Name { get; set; } = [];

    /// <summary>
    /// Gets the UUIDs of the domains. VM objects of a toolstack have a property of this name, so each VM is read on the target where a
    /// domain has its UUID.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [DomainTransformation(IsUuid = true)]
    public Guid[]? Uuid { get; set; }

    /// <summary>
    /// Gets the name of the VM in its toolstack, from the pipeline. Errors show it. If the object has neither a number nor a UUID, it
    /// selects the domain of this name.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("name_label", "name-label")]
    [AllowNull]
    [AllowEmptyString]
    public string? NameLabel { get; set; }

    /// <summary>Gets the targets to query, all at the same time; by default those of the session, otherwise the local host.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(TargetCompleter))]
    public XenTarget[]? Target { get; set; }

    /// <summary>
    /// Gets the names of the hosts to select among the targets. Objects from the pipeline have a property of this name, so each domain is
    /// looked up on its own host.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ComputerName")]
    [AllowNull]
    [ArgumentCompleter(typeof(HostNameCompleter))]
    public string[]? HostName { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        // Here BoundParameters contains only the parameters on the command line, because input from the pipeline is bound later. An empty
        // -DomId on the command line is an error: a variable that is empty by mistake must not select all domains.
        _isDomIdGiven = MyInvocation.BoundParameters.ContainsKey(nameof(DomId));
        _isNameGiven = MyInvocation.BoundParameters.ContainsKey(nameof(Name));
        _isTargetGiven = MyInvocation.BoundParameters.ContainsKey(nameof(Target));
        if (_isDomIdGiven && DomId is not { Length: > 0 })
        {
            ThrowTerminatingError(ErrorRecords.FromUse("DomIdEmpty", ErrorCategory.InvalidArgument,
                "-DomId was given, but contains no number.", "Give a number, or omit -DomId to get all domains.", null));
        }
        if (_isTargetGiven && (Target is not { Length: > 0 } || Target.Contains(null)))
        {
            ThrowTerminatingError(
                ErrorRecords.FromUse(
                    "TargetEmpty",
                    ErrorCategory.InvalidArgument,
                    "-Target was given, but contains no target.",
                    "Give what Connect-XenTarget returned, or omit -Target to use the targets of the session.",
                    null));
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var session in _sessions.Values) session.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>Gets a value indicating whether the pipeline contained targets.</summary>
    private protected bool HasPipedTargets => _piped.Count > 0;

    /// <summary>
    /// Gets a value indicating whether this pipeline object is a file. The Name of such an object is that of the file, so it does not
    /// select a domain.
    /// </summary>
    private protected virtual bool IsPipedFile => false;

    /// <summary>Gets a value indicating whether files are read in place of targets.</summary>
    private protected virtual bool ReadsFiles => false;

    /// <summary>
    /// Adds the targets in this pipeline object; returns false if there are none. They are queried together at the end of the input.
    /// PowerShell also binds the Id of a target to -DomId, but it is not a domain number.
    /// </summary>
    private protected bool TakePipedTargets()
    {
        if (_isTargetGiven || Target is not { Length: > 0 } piped) return false;
        _piped.AddRange(piped.Where(target => target is not null));
        return true;
    }

    /// <summary>
    /// Returns the domains that this pipeline object and the command line select; null if there are none. If a number and -Name are given,
    /// a domain must match both.
    /// </summary>
    private protected DomainSelection? GetSelection()
    {
        if (DomId is { Length: > 0 }) return SelectByNumber();
        if (DomId is null && !_isNameGiven && Name.Length == 0 && !string.IsNullOrEmpty(NameLabel))
            return new DomainSelection { Names = [ToLiteral(NameLabel)] };
        if (!_isNameGiven && Name.Length > 0 && !IsPipedFile) return new DomainSelection { Names = Array.ConvertAll(Name, ToPattern) };
        return MyInvocation.ExpectingInput && !IsPipedFile ? null : new DomainSelection { Names = GetGivenNames() };
    }

    /// <summary>
    /// Returns the domains that this pipeline object and the command line select, by target. A domain with a UUID is searched for on all
    /// targets, because the numbers of domains are the same on every host. If none of them has it, an error is reported.
    /// </summary>
    private protected IReadOnlyDictionary<TargetSession, DomainSelection> SelectByTarget()
    {
        // The host of an object is not compared if the files to read are given, so neither is its UUID.
        var isFromHost = HostName is { Length: > 0 } && Array.Exists(HostName, host => !string.IsNullOrEmpty(host));
        if (Uuid is not { Length: > 0 } || (isFromHost && ReadsFiles))
        {
            if (GetSelection() is not { } selection) return new Dictionary<TargetSession, DomainSelection>();
            return GetSessions().ToDictionary(session => session, _ => selection);
        }
        if (RemoveHalted() is not { } numbers) return new Dictionary<TargetSession, DomainSelection>();
        var sessions = GetSessions();
        if (!isFromHost || numbers.Length != 1 || Uuid.Length != 1) return SelectByUuid(sessions, numbers);
        var known = new DomainSelection
        {
            DomIds = numbers,
            Names = GetGivenNames(),
            Uuids = new Dictionary<ushort, Guid> { [numbers[0]] = Uuid[0] },
        };
        return sessions.ToDictionary(session => session, _ => known);
    }

    /// <summary>
    /// Returns the domains that the command line selects; null if -DomId contains only -1, which toolstacks use for a halted VM.
    /// </summary>
    private protected DomainSelection? GetGivenSelection() =>
        _isDomIdGiven ? SelectByNumber() : new DomainSelection { Names = GetGivenNames() };

    /// <summary>
    /// Returns the sessions with the targets of this pipeline object. If -HostName names a host that is not among the targets, an error is
    /// reported.
    /// </summary>
    private protected virtual IReadOnlyList<TargetSession> GetSessions()
    {
        if (HasPipedTargets) return [.. _piped.Distinct().Select(GetSession)];
        var targets = SessionTargets.Current.Choose(Target, HostName ?? [], out var error);
        if (error is not null) WriteError(error);
        return [.. targets.Select(GetSession)];
    }

    /// <summary>
    /// Returns this pipeline's session with a source (a target, a file, or the local host), and creates it at the first call.
    /// </summary>
    /// <param name="source">The source. It is also the TargetObject of errors about neither a domain nor a port.</param>
    /// <param name="open">Opens the source at its first use; returns null if the target has been disconnected.</param>
    private protected TargetSession GetSession(object source, Func<TargetConnection?> open)
    {
        if (!_sessions.TryGetValue(source, out var session)) _sessions[source] = session = new TargetSession(this, source, open);
        return session;
    }

    // Returns the session of a target. If the target is null, it is the session of the local host.
    private TargetSession GetSession(XenTarget? target)
    {
        var connections = SessionTargets.Current;
        return GetSession(
            target ?? LocalHost,
            () => target is null ? new TargetConnection(LocalTarget.Open()) : target.Acquire(connections, Cancellation));
    }

    /// <summary>
    /// Opens the target of a cmdlet that needs exactly one. Nothing can succeed without it, so an error ends the pipeline.
    /// </summary>
    private protected TargetSession OpenOnly(IReadOnlyList<TargetSession> targets)
    {
        if (targets.Count != 1) ThrowTerminatingError(ErrorRecords.Ambiguous(targets.Count));
        Open(targets[0]);
        return targets[0];
    }

    /// <summary>Opens a target. If that fails, reports the error and returns false.</summary>
    private protected bool Open(TargetSession session)
    {
        try
        {
            if (session.TryOpen()) return true;
            ReportFatal(ErrorRecords.Disconnected((XenTarget)session.Source));
        }
        catch (XenException error)
        {
            ReportFatal(session.Record(error));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            ReportFatal(session.Record(error));
        }
        return false;
    }

    /// <summary>Reports an error that would also affect every further request to the same target, and ends the pipeline.</summary>
    private protected virtual void ReportFatal(ErrorRecord error) => ThrowTerminatingError(error);

    /// <summary>
    /// Shows progress while a live target is watched, until the result is disposed. Returns null if the time is too short for a progress
    /// bar.
    /// </summary>
    private protected WatchProgress? ShowWatching(double seconds) =>
        seconds > WatchProgress.SecondsWithout ? new WatchProgress(WriteProgress, seconds, Cancellation) : null;

    /// <summary>
    /// Runs a query and reports its errors. <see cref="ReportFatal"/> gets an error that affects the whole target.
    /// </summary>
    private protected void InvokeAndReportErrors(TargetSession session, Action work)
    {
        try
        {
            work();
        }
        catch (XenException error) when (error.IsFatal)
        {
            ReportFatal(session.Record(error));
        }
        catch (XenException error)
        {
            WriteError(session.Record(error));
        }
        catch (Exception error) when (session.IsFile && error is IOException or UnauthorizedAccessException)
        {
            ReportFatal(session.Record(error));
        }
        catch (OperationCanceledException) when (Cancellation.IsCancellationRequested)
        {
            // Ctrl+C was pressed. PowerShell itself ends the pipeline, so no error is reported here.
        }
        catch (OperationCanceledException) when (session.Disconnection is not null)
        {
            ThrowTerminatingError(session.Disconnection);
        }
    }

    /// <summary>
    /// Opens one of several targets, and uses it, on a thread of its own. Its errors are written, and the other targets are not affected.
    /// </summary>
    private protected void UseAmongOthers(TargetSession session, PipelineWriter writer, Action use)
    {
        session.PipelineWriter = writer;
        try
        {
            if (session.TryOpen()) use();
            else writer.WriteOutOfBand(() => WriteError(ErrorRecords.Disconnected((XenTarget)session.Source)));
        }
        catch (XenException error)
        {
            writer.WriteOutOfBand(() => WriteError(session.Record(error)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            writer.WriteOutOfBand(() => WriteError(session.Record(error)));
        }
        catch (OperationCanceledException) when (!Cancellation.IsCancellationRequested && session.Disconnection is { } error)
        {
            writer.WriteOutOfBand(() => WriteError(error));
        }
    }

    private DomainSelection? SelectByNumber() =>
        RemoveHalted() is { } numbers ? new DomainSelection { DomIds = numbers, Names = GetGivenNames() } : null;

    // Returns the domain numbers, and reports those of halted VMs as errors. If no other number was given, returns null.
    private ushort[]? RemoveHalted()
    {
        if (DomId is null) return [];
        var numbers = Array.FindAll(DomId, number => number != DomainTransformationAttribute.Halted);
        if (numbers.Length < DomId.Length) WriteError(ErrorRecords.OfHaltedVm(NameLabel, Uuid));
        return numbers.Length > 0 ? numbers : null;
    }

    // Returns a pattern that only this name matches.
    private static NamePattern ToLiteral(string name) =>
        new(name, HasWildcards: false, other => string.Equals(other, name, StringComparison.Ordinal));

    // Returns the domains with the UUIDs, by target. If numbers were given, a domain must have one of them too.
    private Dictionary<TargetSession, DomainSelection> SelectByUuid(IReadOnlyList<TargetSession> sessions, ushort[] numbers)
    {
        ReadLists([.. sessions.Where(session => !_listed.ContainsKey(session))]);
        var found = new Dictionary<TargetSession, Dictionary<ushort, Guid>>();
        foreach (var uuid in Uuid!.Distinct())
        {
            var matches = sessions
                .SelectMany(session => _listed[session].Where(domain => domain.Uuid == uuid).Select(domain => (session, domain.DomId)))
                .ToArray();
            var wanted = Array.FindAll(matches, match => numbers.Length == 0 || numbers.Contains(match.DomId));
            if (wanted.Length == 0)
            {
                (object, ushort)? other = matches is [var (target, number), ..] ? (target.Source, number) : null;
                WriteError(ErrorRecords.VmNotFound(NameLabel, uuid, numbers, other, [.. sessions.Select(session => session.Source)]));
            }
            foreach (var (session, domId) in wanted)
            {
                if (!found.TryGetValue(session, out var domains)) found[session] = domains = [];
                domains[domId] = uuid;
            }
        }
        return found.ToDictionary(
            entry => entry.Key,
            entry => new DomainSelection { DomIds = [.. entry.Value.Keys], Names = GetGivenNames(), Uuids = entry.Value });
    }

    // Reads the domains of targets, several at the same time. An error of the only target ends the pipeline. An error of one of several is
    // reported, and the others are still searched.
    private void ReadLists(IReadOnlyList<TargetSession> sessions)
    {
        foreach (var session in sessions) _listed[session] = [];
        if (sessions is [var only])
        {
            only.PipelineWriter = null;
            if (!Open(only)) return;
            InvokeAndReportErrors(only, () => _listed[only] = only.Use<DomainInfo[]>(() => [.. only.Connection.ReadDomains()]));
            return;
        }
        TargetTaskPool.Run(
            sessions,
            DomainQueryCmdletBase.StandardThrottleLimit,
            (session, writer) => UseAmongOthers(session, writer, () =>
            {
                var domains = session.Use<DomainInfo[]>(() => [.. session.Connection.ReadDomains()]);
                writer.WriteOutOfBand(() => _listed[session] = domains);
            }),
            Cancellation);
    }

    private NamePattern[] GetGivenNames() => _isNameGiven ? Array.ConvertAll(Name, ToPattern) : [];
}
