using System.Diagnostics;
using System.Globalization;
using XenShared.Benchmarks.Results;

namespace XenShared.Benchmarks;

/// <summary>Measures how the cost of operations grows. Each point is a process of its own, so that its memory is its own.</summary>
internal static class GrowthRun
{
    // The growth is judged where fixed costs no longer matter.
    private const double JudgedFrom = 1000;

    private static readonly int[] s_domains = [10, 30, 100, 300, 1000, 3000, 10_000];
    private static readonly int[] s_ports = [64, 256, 1024, 4096, 16_384, 65_536, 131_072];

    private static readonly (string Id, string Operation)[] s_judged =
        [("growth-capture", "capture-read"), ("growth-rules", "rules"), ("growth-report", "report")];

    /// <summary>Measures all points in several rounds.</summary>
    public static BenchResults Run(int rounds, bool isQuick)
    {
        var all = GrowthPoint.DomainOperations.Select(name => (Name: name, Sizes: isQuick ? [10, 30] : s_domains))
            .Concat(GrowthPoint.PortOperations.Select(name => (Name: name, Sizes: isQuick ? [64, 256] : s_ports)))
            .Where(one => !isQuick || s_judged.Any(judged => judged.Operation == one.Name))
            .ToArray();
        var points = Enumerable.Range(0, rounds)
            .Select(_ => all.Select(one => Array.ConvertAll(one.Sizes, size => Measure(one.Name, size))).ToArray())
            .ToArray();
        var series = all.Select((one, index) => new GrowthSeries
        {
            Operation = one.Name,
            IsByPorts = GrowthPoint.PortOperations.Contains(one.Name),
            Sizes = Array.ConvertAll(one.Sizes, size => (double)size),
            Seconds = [.. one.Sizes.Select((_, place) => Statistics.Reduce(points.Select(round => round[index][place].Seconds)).Median)],
            PeakBytes = [.. one.Sizes.Select((_, place) => Statistics.Reduce(points.Select(round => round[index][place].Bytes)).Median)],
        });
        return new BenchResults
        {
            TakenAt = DateTimeOffset.UtcNow,
            Sets = Array.ConvertAll(s_judged, judged => new SampleSet
            {
                Id = judged.Id,
                Measured = [.. points.Select(round => Exponent(all[IndexOf(judged.Operation)].Sizes, round[IndexOf(judged.Operation)]))],
            }),
            Series = [.. series],
        };

        int IndexOf(string operation) => Array.FindIndex(all, one => one.Name == operation);
    }

    private static double Exponent(int[] sizes, (double Seconds, double Bytes)[] points)
    {
        var judged = sizes.Select((size, place) => (Size: (double)size, points[place].Seconds)).ToArray();
        if (judged.Count(point => point.Size >= JudgedFrom) > 1) judged = [.. judged.Where(point => point.Size >= JudgedFrom)];
        return Statistics.Exponent([.. judged.Select(point => point.Size)], [.. judged.Select(point => point.Seconds)]);
    }

    private static (double Seconds, double Bytes) Measure(string operation, int size)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in (string[])[typeof(GrowthRun).Assembly.Location, "point", operation, $"{size}"])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var words = process.StandardOutput.ReadToEnd().Split(' ');
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{operation} of {size} ended with status {process.ExitCode}.");
        return (double.Parse(words[0], CultureInfo.InvariantCulture), double.Parse(words[1], CultureInfo.InvariantCulture));
    }
}
