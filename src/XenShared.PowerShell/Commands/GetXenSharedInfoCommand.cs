using System.Management.Automation;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.Parameters;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Reads the page that a domain shares with Xen.</summary>
[Cmdlet(VerbsCommon.Get, "XenSharedInfo", DefaultParameterSetName = TargetSet)]
[OutputType(typeof(XenSharedInfo))]
public sealed class GetXenSharedInfoCommand : DomainQueryCmdletBase
{
    private const string TargetSet = "Target";
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    /// <inheritdoc/>
    [Parameter(ParameterSetName = TargetSet, ValueFromPipeline = true)]
    public override XenTarget[]? Target { get; set; }

    /// <summary>Gets the files to read in place of a target (captures, core dumps, saved guests, pages). Wildcards are permitted.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Gets the files by their exact names.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Gets the layout to decode pages with; by default, it is deduced for each page.</summary>
    [Parameter]
    [ValidateNamedValue]
    public GuestLayout? Layout { get; set; }

    /// <summary>
    /// Gets the maximum time to sample each page of a live host, in order to distinguish live vCPU records from frozen ones. 0 reads each
    /// page once.
    /// </summary>
    [Parameter]
    [ValidateRange(0.0, MaximumSampleSeconds)]
    public double SampleSeconds { get; set; }

    /// <inheritdoc/>
    private protected override double WatchSeconds => SampleSeconds;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == TargetSet)
        {
            base.ProcessRecord();
            return;
        }
        var isLiteral = ParameterSetName == LiteralPathSet;
        // Files from the pipeline without domain numbers select all their domains.
        if ((DomId is null && isLiteral ? [] : GetDomIds()) is not { } numbers) return;
        foreach (var file in ResolveFiles(isLiteral ? LiteralPath : Path, isLiteral)) ReadFile(file, numbers);
    }

    /// <inheritdoc/>
    private protected override IEnumerable<object> Query(
        IXenDataSource target,
        DomainSelection selection,
        IQueryObserver observer,
        CancellationToken cancellation
    ) =>
        new SharedInfoQuery(target, observer) { SampleTime = TimeSpan.FromSeconds(SampleSeconds), Layout = Layout }.Run(
            selection,
            cancellation);

    // An invalid file must not prevent reading the others, so no error here ends the pipeline.
    private void ReadFile(string file, IReadOnlyList<ushort> numbers)
    {
        try
        {
            using var session = new TargetSession(this, file, () => new TargetConnection(TargetFile.Open(file, Cancellation)));
            session.TryOpen();
            Stream(session, numbers);
        }
        catch (OperationCanceledException) when (Cancellation.IsCancellationRequested)
        {
            // Ctrl+C: PowerShell itself ends the pipeline.
        }
        catch (XenException error)
        {
            WriteError(ErrorRecords.From(error, file));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            WriteError(ErrorRecords.FromFile(error, file));
        }
    }
}
