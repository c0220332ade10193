using System.Management.Automation;
using XenShared.Diagnosis;
using XenShared.PowerShell.Commands.Base;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Writes all readable data of domains to one file, which other cmdlets can read later in place of the host.</summary>
[Cmdlet(VerbsData.Export, "XenCapture", DefaultParameterSetName = DomIdSet, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportXenCaptureCommand : FileExportCmdletBase
{
    /// <summary>
    /// Gets a value indicating whether to add the processor state of each vCPU, which Test-XenEventChannel needs to test paths from the
    /// file. Everything is then read three times, at least one second apart, and Xen pauses each vCPU for microseconds at each read.
    /// </summary>
    [Parameter]
    public SwitchParameter IncludeVcpuContext { get; set; }

    /// <inheritdoc/>
    private protected override string Kind => "capture";

    /// <inheritdoc/>
    private protected override double WatchSeconds => ReadCount * base.WatchSeconds;

    /// <inheritdoc/>
    private protected override int Export(
        IXenDataSource target,
        IQueryObserver observer,
        DomainSelection selection,
        Stream output,
        CancellationToken cancellation
    ) =>
        new CaptureExport(target, observer)
        {
            SampleTime = SampleTime,
            Parts = CaptureParts.Standard | (IncludeVcpuContext ? CaptureParts.VcpuContexts : CaptureParts.Domains),
            ReadCount = ReadCount,
        }.Run(selection, output, cancellation);

    private int ReadCount => IncludeVcpuContext ? EventPathQuery.ReadCount : 1;
}
