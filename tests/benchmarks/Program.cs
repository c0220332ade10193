using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace XenShared.Benchmarks;

/// <summary>
/// Measures ratios within one run, so that the speed of the machine does not matter: <c>dotnet run -c Release --project
/// tests/benchmarks</c>, with <c>--short</c> for a quick result and <c>--filter</c> for one benchmark. In a control domain, <c>ports DOMID
/// [C-PROGRAM]</c> measures reading a port, and <c>scan DOMID</c> measures searching a guest's memory.
/// </summary>
internal static class Program
{
    public static int Main(string[] arguments) =>
        arguments switch
        {
            ["ports", var domain, .. var rest] when rest.Length <= 1 && ushort.TryParse(domain, out var domId) => PortCost.Print(
                domId,
                rest.FirstOrDefault()),
            ["scan", var domain] when ushort.TryParse(domain, out var domId) => ScanCost.Print(domId),
            ["ports" or "scan", ..] => Usage(),
            _ => RunBenchmarks([.. arguments]),
        };

    private static int Usage()
    {
        Console.Error.WriteLine(
            "ports DOMID [C-PROGRAM]: the domain whose ports are asked for, and the program built from evtchn_loop.c to compare with.\n"
                + "scan DOMID: the domain whose memory is searched.");
        return 2;
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
