using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using XenShared.Benchmarks.Results;

namespace XenShared.Benchmarks;

/// <summary>
/// Measures ratios within one run, so that the speed of the machine does not matter. <c>build.ps1 -Task Bench</c> runs all parts. A single
/// benchmark: <c>dotnet run -c Release --project tests/benchmarks -- --filter NAME</c>, with <c>--short</c> for a quick result.
/// </summary>
internal static class Program
{
    private const string Usage = """
        micro ROUNDS FILE [quick]: the benchmarks in this process, in turns; growth ROUNDS FILE [quick]: costs by size.
        show FILE: prints results.
        page FOLDER [PAGE]: prints the results in a folder, writes them into the page, and checks the bounds.
        host FOLDER PORTS: writes a host for the fake libraries; capture FILE DOMAINS PORTS: writes a capture.
        ports DOMID [C-PROGRAM]: the domain whose ports are asked for, and the program built from evtchn_loop.c to compare with.
        scan DOMID: the domain whose memory is searched.
        """;

    public static int Main(string[] arguments) =>
        arguments switch
        {
            ["ports", var domain, .. var rest] when rest.Length <= 1 && ushort.TryParse(domain, out var domId) => PortCost.Print(
                domId,
                rest.FirstOrDefault()),
            ["scan", var domain] when ushort.TryParse(domain, out var domId) => ScanCost.Print(domId),
            ["point", var operation, var size] => GrowthPoint.Print(operation, int.Parse(size, CultureInfo.InvariantCulture)),
            ["host", var folder, var ports] => FakeHostFiles.Write(folder, int.Parse(ports, CultureInfo.InvariantCulture)),
            ["capture", var file, var domains, var ports] => Captures.WriteFile(
                file,
                int.Parse(domains, CultureInfo.InvariantCulture),
                int.Parse(ports, CultureInfo.InvariantCulture)),
            ["show", var file] => PerformancePage.Print(BenchResults.Read(file)),
            ["page", var folder, .. var rest] when rest.Length <= 1 => PerformancePage.Write(folder, rest.FirstOrDefault()),
            ["micro" or "growth", var rounds, var file, .. var rest] when int.TryParse(rounds, out var count) => Measure(
                arguments[0],
                count,
                file,
                rest is ["quick"]),
            ["ports" or "scan" or "point" or "host" or "capture" or "show" or "page" or "micro" or "growth", ..] => Explain(),
            _ => RunBenchmarks([.. arguments]),
        };

    private static int Explain()
    {
        Console.Error.WriteLine(Usage);
        return 2;
    }

    private static int Measure(string part, int rounds, string file, bool isQuick)
    {
        var results = part == "micro"
            ? new BenchResults { TakenAt = DateTimeOffset.UtcNow, Sets = MicroRun.Run(rounds, isQuick) }
            : GrowthRun.Run(rounds, isQuick);
        results.Write(file);
        return 0;
    }

    private static int RunBenchmarks(List<string> arguments)
    {
        var job = arguments.Remove("--short") ? Job.ShortRun : Job.Default;
        // In this process: nothing is generated and built, so that it runs wherever this program does.
        var config = DefaultConfig.Instance
            .AddJob(job.WithToolchain(InProcessEmitToolchain.Instance))
            .WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "results"));
        if (!arguments.Contains("--filter")) arguments.AddRange(["--filter", "*"]);
        var summaries = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. arguments], config);
        return summaries.Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success)) ? 1 : 0;
    }
}
