using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;
using XenShared.Benchmarks.Results;

namespace XenShared.Benchmarks;

/// <summary>
/// Runs the benchmarks in this process in several rounds. A round measures each benchmark beside its baseline, so a slow phase of the
/// machine affects both.
/// </summary>
internal static class MicroRun
{
    // The class, the baseline, the benchmark, and whether bytes are compared. Larger operations are measured one at a time.
    private static readonly (string Id, Type Class, string Baseline, string Measured, bool Bytes)[] s_pairs =
    [
        ("decode", typeof(PageDecoding), nameof(PageDecoding.Copy), nameof(PageDecoding.Decode), false),
        ("decode-bytes", typeof(PageDecoding), nameof(PageDecoding.Allocate), nameof(PageDecoding.Decode), true),
        ("pending-idle", typeof(PageDecoding), nameof(PageDecoding.Copy), nameof(PageDecoding.ScanIdle), false),
        ("snapshot", typeof(PageDecoding), nameof(PageDecoding.Copy), nameof(PageDecoding.TakeSample), false),
        ("mask-full", typeof(BitmapScanning), nameof(BitmapScanning.Loop), nameof(BitmapScanning.Scan), false),
        ("model-channels", typeof(ModelObjects), nameof(ModelObjects.Clone), nameof(ModelObjects.Create), false),
        ("capture-read", typeof(CaptureReading), nameof(CaptureReading.Decompress), nameof(CaptureReading.Read), false),
        ("capture-pages", typeof(CaptureReading), nameof(CaptureReading.Decompress), nameof(CaptureReading.ReadPages), false),
        ("capture-write", typeof(CaptureWriting), nameof(CaptureWriting.Compress), nameof(CaptureWriting.Write), false),
        ("rules", typeof(RulesOnDomains), nameof(RulesOnDomains.TakeSnapshots), nameof(RulesOnDomains.Evaluate), false),
        ("report", typeof(ReportWriting), nameof(ReportWriting.EncodeReport), nameof(ReportWriting.WriteReport), false),
        ("metrics", typeof(ReportWriting), nameof(ReportWriting.EncodeMetrics), nameof(ReportWriting.WriteMetrics), false),
    ];

    private static readonly Type[] s_large =
        [typeof(CaptureReading), typeof(CaptureWriting), typeof(RulesOnDomains), typeof(ReportWriting)];

    /// <summary>Runs all benchmarks.</summary>
    /// <param name="rounds">The number of rounds.</param>
    /// <param name="isQuick">Whether each benchmark runs only a few times, to see that it works.</param>
    public static IReadOnlyList<SampleSet> Run(int rounds, bool isQuick)
    {
        if (isQuick) HostSize.Domains = 50;
        var sets = s_pairs.ToDictionary(pair => pair.Id, _ => (Baseline: new List<double>(), Measured: new List<double>()));
        // The first round is not counted: it lets the runtime compile the code for good.
        for (var round = isQuick ? 1 : 0; round <= rounds; round++)
        {
            foreach (var group in s_pairs.GroupBy(pair => pair.Class))
            {
                var summary = BenchmarkRunner.Run(group.Key, Config(isQuick, s_large.Contains(group.Key)));
                if (round == 0) continue;
                foreach (var (id, _, baseline, measured, bytes) in group)
                {
                    sets[id].Baseline.Add(Value(summary, baseline, bytes));
                    sets[id].Measured.Add(Value(summary, measured, bytes));
                }
            }
        }
        return [.. sets.Select(set => new SampleSet
        {
            Id = set.Key,
            Baseline = [.. set.Value.Baseline],
            Measured = [.. set.Value.Measured],
        })];
    }

    private static ManualConfig Config(bool isQuick, bool isLarge)
    {
        // In this process: nothing is generated and built, so that it runs wherever this program does.
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithIterationCount(isQuick ? 1 : isLarge ? 3 : 5);
        job = isLarge || isQuick
            ? job.WithStrategy(RunStrategy.Monitoring).WithWarmupCount(isQuick ? 0 : 1).WithInvocationCount(1).WithUnrollFactor(1)
            : job.WithWarmupCount(6).WithIterationTime(TimeInterval.FromMilliseconds(50));
        return ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddLogger(NullLogger.Instance)
            .WithOptions(ConfigOptions.DisableLogFile | ConfigOptions.DisableOptimizationsValidator)
            .WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "results"));
    }

    private static double Value(Summary summary, string method, bool bytes)
    {
        var report = summary.Reports.FirstOrDefault(one => one.BenchmarkCase.Descriptor.WorkloadMethod.Name == method);
        var value = bytes ? report?.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) : report?.ResultStatistics?.Median;
        return value ?? throw new InvalidOperationException($"The benchmark {method} gave no result.");
    }
}
