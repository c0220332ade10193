using System.Management.Automation;
using XenShared.PowerShell.Commands.Base;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Writes all readable data of domains to one file, which other cmdlets can read later in place of the host.</summary>
[Cmdlet(VerbsData.Export, "XenCapture", DefaultParameterSetName = DomIdSet, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportXenCaptureCommand : FileExportCmdletBase
{
    /// <inheritdoc/>
    private protected override string Kind => "capture";

    /// <inheritdoc/>
    private protected override int Export(
        IXenDataSource target,
        IQueryObserver observer,
        DomainSelection selection,
        Stream output,
        CancellationToken cancellation
    ) => new CaptureExport(target, observer) { SampleTime = SampleTime }.Run(selection, output, cancellation);
}
