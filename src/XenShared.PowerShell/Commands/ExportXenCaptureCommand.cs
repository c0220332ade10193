using System.Management.Automation;
using XenShared.PowerShell.Commands.Base;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Writes all that can be read of domains into one file, which answers later as the host did.</summary>
[Cmdlet(VerbsData.Export, "XenCapture", SupportsShouldProcess = true)]
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
