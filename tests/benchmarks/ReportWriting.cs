using System.Text;
using BenchmarkDotNet.Attributes;
using XenShared.Queries;
using XenShared.Reports;
using XenShared.Reports.Html;
using XenShared.Reports.Metrics;
using XenShared.Targets.Simulated;

namespace XenShared.Benchmarks;

/// <summary>Measures writing the report and the metrics of 1,000 simulated domains, compared with encoding the finished text.</summary>
public class ReportWriting
{
    private HostReport? _report;
    private string _html = "";
    private string _metrics = "";

    [GlobalSetup]
    public void Prepare()
    {
        _report = new HostReportQuery(new SimulatedTarget(HostSize.Domains), new IgnoringObserver()).Run(DomainSelection.All);
        using var output = new MemoryStream();
        HtmlReport.Write(_report!, output);
        _html = Encoding.UTF8.GetString(output.GetBuffer(), 0, (int)output.Length);
        _metrics = string.Join('\n', Lines());
    }

    [Benchmark]
    public long EncodeReport() => Encode([_html]);

    [Benchmark]
    public long WriteReport()
    {
        using var output = new MemoryStream();
        HtmlReport.Write(_report!, output);
        return output.Length;
    }

    [Benchmark]
    public long EncodeMetrics() => Encode([_metrics]);

    [Benchmark]
    public long WriteMetrics() => Encode(Lines());

    private IEnumerable<string> Lines()
    {
        var metrics = new XenMetrics();
        metrics.Add(_report!);
        return metrics.Lines();
    }

    private static long Encode(IEnumerable<string> lines)
    {
        using var output = new MemoryStream();
        using (var writer = new StreamWriter(output, leaveOpen: true))
        {
            foreach (var line in lines) writer.WriteLine(line);
        }
        return output.Length;
    }
}
