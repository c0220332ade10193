using System.Diagnostics;
using XenShared.Diagnosis;
using XenShared.Files;
using XenShared.Queries;
using XenShared.Reports;
using XenShared.Reports.Html;
using XenShared.Reports.Metrics;
using XenShared.Targets;
using XenShared.Targets.Simulated;

namespace XenShared.Benchmarks;

/// <summary>Measures one operation on a host of one size: its time, and its memory above that of the process before it.</summary>
internal static class GrowthPoint
{
    private const int Repetitions = 3;

    private static readonly TimeSpan s_enough = TimeSpan.FromSeconds(1);
    private static readonly IgnoringObserver s_observer = new();

    /// <summary>The operations by the number of domains, and those by the number of ports of one domain.</summary>
    public static readonly string[] DomainOperations = ["channels", "capture-read", "capture-write", "rules", "report", "metrics"];

    /// <summary>The operations by the number of ports of one domain.</summary>
    public static readonly string[] PortOperations = ["port-channels", "port-capture-read", "port-rules", "port-report"];

    /// <summary>Measures an operation, and prints its seconds and its bytes.</summary>
    public static int Print(string operation, int size)
    {
        Prepare(operation, operation.StartsWith("port-", StringComparison.Ordinal) ? 64 : 10)();
        var work = Prepare(operation, size);
        work();
        using var memory = new PeakMemory();
        var seconds = new List<double>();
        var start = Stopwatch.GetTimestamp();
        do
        {
            var begin = Stopwatch.GetTimestamp();
            if (work() == 0) throw new InvalidOperationException($"{operation} gave nothing, so its time means nothing.");
            seconds.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }
        while (seconds.Count < Repetitions && Stopwatch.GetElapsedTime(start) < s_enough);
        Console.WriteLine(FormattableString.Invariant($"{seconds.Order().ElementAt(seconds.Count / 2):g9} {memory.Peak - memory.Start}"));
        return 0;
    }

    private static Func<long> Prepare(string operation, int size)
    {
        if (operation == "capture-read")
        {
            var capture = Captures.Create(size);
            return () => CaptureReader.Read(new MemoryStream(capture), "bench").Domains.Count;
        }
        if (!operation.StartsWith("port-", StringComparison.Ordinal)) return Prepare(operation, new SimulatedTarget(size));
        var file = new MemoryStream();
        Captures.Write(file, [Captures.Domain(1, size - 1, (uint)size)]);
        return operation == "port-capture-read"
            ? () => CaptureReader.Read(new MemoryStream(file.ToArray()), "bench").Domains.Count
            : Prepare(operation["port-".Length..], CaptureTarget.Read(new MemoryStream(file.ToArray()), "bench"));
    }

    private static Func<long> Prepare(string operation, IXenDataSource target) => operation switch
    {
        "channels" => () => new EventChannelQuery(target, s_observer).Run(DomainSelection.All).Count(),
        "capture-write" => () => new CaptureExport(target, s_observer).Run(DomainSelection.All, Stream.Null),
        "rules" => () =>
            new FaultQuery(target, s_observer) { PausesVcpus = false }.Diagnose(DomainSelection.All).Sum(domain => domain.Results.Count),
        "report" => () => WriteReport(target),
        "metrics" => () => CountMetrics(target),
        _ => throw new ArgumentException($"There is no operation {operation}.", nameof(operation)),
    };

    private static long WriteReport(IXenDataSource target)
    {
        var report = ReadReport(target);
        HtmlReport.Write(report, Stream.Null);
        return report.Domains.Count;
    }

    private static long CountMetrics(IXenDataSource target)
    {
        var metrics = new XenMetrics();
        metrics.Add(ReadReport(target));
        return metrics.Lines().Count();
    }

    private static HostReport ReadReport(IXenDataSource target) => new HostReportQuery(target, s_observer).Run(DomainSelection.All)!;
}
