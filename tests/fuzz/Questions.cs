using XenShared.Diagnosis;
using XenShared.Queries;
using XenShared.Reports;
using XenShared.Reports.Html;
using XenShared.Reports.Metrics;
using XenShared.Targets;

namespace XenShared.Fuzz;

/// <summary>Runs all queries of a target.</summary>
public static class Questions
{
    private const int MostEntries = 600;
    private const int MostPaths = 50;

    /// <summary>Runs the queries and counts the results. A capture of the target is queried too.</summary>
    public static int Ask(IXenDataSource target)
    {
        var count = AskOnce(target);
        using var copy = new MemoryStream();
        new CaptureExport(target, new Listener()) { SampleTime = TimeSpan.Zero, Compress = false }.Run(DomainSelection.All, copy);
        copy.Position = 0;
        using var capture = ReadOwn(copy);
        return count + AskOnce(capture);
    }

    private static int AskOnce(IXenDataSource target)
    {
        var listener = new Listener();
        var count = new DomainQuery(target, listener).Run(DomainSelection.All).Count()
            + new SharedInfoQuery(target, listener).Run(DomainSelection.All).Count()
            + new VcpuQuery(target, listener) { SampleTime = TimeSpan.Zero }.Run(DomainSelection.All).Count()
            + new P2mQuery(target, listener).Run(DomainSelection.All).Take(MostEntries).Count()
            + new EventPathQuery(target, listener) { SampleTime = TimeSpan.Zero }.Run(DomainSelection.All).Take(MostPaths).Count()
            + new FaultQuery(target, listener) { SampleCount = 1 }.Run(DomainSelection.All).Count();
        foreach (var channel in new EventChannelQuery(target, listener).Run(DomainSelection.All))
        {
            if (channel.Pending is null != channel.Source is null)
                throw new InvalidOperationException($"Port {channel.Port} is pending without a source, or has a source that says nothing.");
            count++;
        }
        return count + listener.Heard + Report(target);
    }

    private static int Report(IXenDataSource target)
    {
        var listener = new Listener();
        if (new HostReportQuery(target, listener) { SampleTime = TimeSpan.Zero }.Run(DomainSelection.All) is not { } report) return 0;
        HtmlReport.Write(report, Stream.Null);
        var metrics = new XenMetrics();
        metrics.Add(report);
        return metrics.Lines().Count() + listener.Heard;
    }

    // What this program wrote, it reads: a refusal is a fault of the writer.
    private static CaptureTarget ReadOwn(Stream capture)
    {
        try
        {
            return CaptureTarget.Read(capture, "capture of the input");
        }
        catch (XenException error)
        {
            throw new InvalidOperationException($"A capture of the input is not read: {error.Message}", error);
        }
    }
}
