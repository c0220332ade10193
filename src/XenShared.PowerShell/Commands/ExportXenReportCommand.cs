using System.Management.Automation;
using XenShared.Diagnosis;
using XenShared.PowerShell.Commands.Base;
using XenShared.Queries;
using XenShared.Reports;
using XenShared.Reports.Html;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Writes a report about domains to one HTML file.</summary>
[Cmdlet(VerbsData.Export, "XenReport", DefaultParameterSetName = DomIdSet, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportXenReportCommand : FileExportCmdletBase
{
    /// <summary>
    /// Gets the source of the pending and masked bits. Auto uses the shared page if possible, otherwise guest memory, or the control
    /// domain's own kernel.
    /// </summary>
    [Parameter]
    [ValidateRange(ChannelSource.Auto, ChannelSource.Kernel)]
    public ChannelSource Source { get; set; }

    /// <inheritdoc/>
    private protected override string Kind => "report";

    /// <inheritdoc/>
    private protected override double WatchSeconds =>
        SampleSeconds > 0 ? (FaultQuery.DefaultSampleCount - 1) * FaultQuery.DefaultInterval.TotalSeconds + SampleSeconds : 0;

    /// <inheritdoc/>
    private protected override int Export(
        IXenDataSource target,
        IQueryObserver observer,
        DomainSelection selection,
        Stream output,
        CancellationToken cancellation)
    {
        var query = new HostReportQuery(target, observer) { SampleTime = SampleTime, Source = Source };
        if (query.Run(selection, cancellation) is not { } report) return 0;
        HtmlReport.Write(report, output);
        return report.Domains.Count;
    }
}
