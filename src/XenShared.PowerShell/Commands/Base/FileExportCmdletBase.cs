using System.ComponentModel;
using System.Globalization;
using System.Management.Automation;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.Files;
using XenShared.PowerShell.Formatting;
using XenShared.PowerShell.Parameters;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands.Base;

/// <summary>Represents a cmdlet that reads domains and writes one file.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class FileExportCmdletBase : DomainCmdletBase
{
    private readonly GatheredDomains _domains = new();
    private readonly HashSet<TargetSession> _targets = [];
    private OutputFile? _file;

    /// <summary>Gets the path of the file, without wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <inheritdoc/>
    [Parameter(ParameterSetName = DomIdSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Id", "dom-id")]
    [DomainTransformation]
    [ArgumentCompleter(typeof(DomainNumberCompleter))]
    public override ushort[]? DomId { get; set; }

    /// <inheritdoc/>
    [Parameter(ParameterSetName = DomIdSet)]
    [Parameter(ParameterSetName = NameSet, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("VMName", "DomainName")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [DomainTransformation(IsName = true)]
    [ArgumentCompleter(typeof(DomainNameCompleter))]
    public override string[] Name { get; set; } = [];

    /// <summary>Gets a value that makes the cmdlet fail if the file exists.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Gets a value that allows replacing a read-only file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>
    /// Gets the maximum time in seconds in which each page of a live host is read repeatedly. With less than 3 seconds, it can remain
    /// unknown which vCPU records are live.
    /// </summary>
    [Parameter]
    [ValidateRange(0.0, MaximumSampleSeconds)]
    public double SampleSeconds { get; set; } = 3.2;

    /// <summary>Gets the expected time to read a live host, in seconds.</summary>
    private protected virtual double WatchSeconds => SampleSeconds;

    /// <summary>Gets the kind of the file, in one word.</summary>
    private protected abstract string Kind { get; }

    /// <summary>Gets the sampling time.</summary>
    private protected TimeSpan SampleTime => TimeSpan.FromSeconds(SampleSeconds);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _file = new OutputFile(SessionState.Path.GetUnresolvedProviderPathFromPSPath(Path, out var provider, out _));
        var whyNot = provider.Name == "FileSystem" ? _file.WhyNotWritable(NoClobber, Force) : ErrorRecords.NotAFile(Path, provider.Name);
        if (whyNot is not null) ThrowTerminatingError(whyNot);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (TakePipedTargets())
        {
            if (GetGivenSelection() is { } given) _domains.Add(given);
            return;
        }
        foreach (var (session, selection) in SelectByTarget())
        {
            _targets.Add(session);
            _domains.Add(selection);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_domains.ToSelection() is not { } selection) return;
        var session = OpenOnly(HasPipedTargets ? GetSessions() : [.. _targets]);
        var target = session.Connection;
        if (!ShouldProcess(_file!.FullName, ViewFormat.Plain($"Export {Kind} of {Described(selection)} of {target.DisplayName}"))) return;
        using var progress = session.Connection.IsRealTime ? ShowWatching(WatchSeconds) : null;
        InvokeAndReportErrors(session, () => Write(stream =>
            session.Use(() => Export(target, session, selection, stream, session.Cancellation))));
    }

    /// <summary>Writes the content, and returns the number of domains in it.</summary>
    private protected abstract int Export(
        IXenDataSource target,
        IQueryObserver observer,
        DomainSelection selection,
        Stream output,
        CancellationToken cancellation);

    private static string Described(DomainSelection selection) =>
        selection switch
        {
            { DomIds.Count: > 0, Names.Count: > 0 } => string.Join(
                selection.MatchesEither ? " and " : " among ",
                Described(selection with { Names = [] }),
                Described(selection with { DomIds = [] })),
            { DomIds: [var only] } => $"domain {only}",
            { DomIds.Count: > 0 } => "domains "
                + string.Join(", ", selection.DomIds.Select(number => number.ToString(CultureInfo.InvariantCulture))),
            { Names.Count: > 0 } => "the domains named " + string.Join(", ", selection.Names.Select(name => $"'{name.Text}'")),
            _ => "all domains",
        };

    private void Write(Func<Stream, int> export)
    {
        try
        {
            var count = 0;
            // If none of the requested domains exists, export returns 0 and no file is written. The missing domains have been reported as
            // errors.
            if (!_file!.Write(stream => (count = export(stream)) > 0, overwrite: !NoClobber, Cancellation)) return;
            WriteVerbose($"Wrote {count} domains to {_file.FullName}.");
            WriteObject(InvokeProvider.Item.Get([_file.FullName], force: true, literalPath: true), enumerateCollection: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            ThrowTerminatingError(ErrorRecords.FromFile(error, _file!.FullName));
        }
    }
}
