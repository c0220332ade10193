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

/// <summary>A cmdlet that writes what it reads of domains into one file.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class FileExportCmdletBase : DomainCmdletBase
{
    private readonly SortedSet<ushort> _numbers = [];
    private bool _all;
    private OutputFile? _file;

    /// <summary>Gets the file to write, taken as it is written: no wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <inheritdoc/>
    [Parameter(ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [DomainNumberTransformation]
    [ArgumentCompleter(typeof(DomainNumberCompleter))]
    public override ushort[]? DomId { get; set; }

    /// <summary>Leaves a file that exists as it is, and fails.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Replaces a file that is read-only, too.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>
    /// Gets how long each page of a live host is watched at most; less than 3 may leave open which vCPU records are live.
    /// </summary>
    [Parameter]
    [ValidateRange(0.0, MaximumSampleSeconds)]
    public double SampleSeconds { get; set; } = 3.2;

    /// <summary>Gets what the file is, in one word.</summary>
    private protected abstract string Kind { get; }

    /// <summary>Gets how long pages are watched.</summary>
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
        if ((TakePipedTargets() && !IsDomIdGiven ? [] : GetDomIds()) is not { } numbers) return;
        _all |= numbers.Count == 0;
        _numbers.UnionWith(numbers);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (!_all && _numbers.Count == 0) return;
        var session = OpenOnly();
        var target = session.Connection;
        var selection = SelectDomains([.. _numbers]);
        if (!ShouldProcess(_file!.FullName, ViewFormat.Plain($"Export {Kind} of {Described(selection)} of {target.DisplayName}"))) return;
        using var progress = ShowWatching([session], SampleSeconds);
        InvokeAndReportErrors(session, () => Write(stream =>
            session.Use(() => Export(target, session, selection, stream, session.Cancellation))));
    }

    /// <summary>Writes the content; gives back how many domains it holds.</summary>
    private protected abstract int Export(
        IXenDataSource target,
        IQueryObserver observer,
        DomainSelection selection,
        Stream output,
        CancellationToken cancellation);

    private static string Described(DomainSelection selection) =>
        selection switch
        {
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
            // A file that holds no domain helps nobody: what was asked for does not exist, and that has been reported.
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
