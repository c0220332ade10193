using System.Diagnostics;
using System.Globalization;
using XenShared.Benchmarks.Results;

namespace XenShared.Benchmarks;

/// <summary>Measures how the cost of operations grows. Each point is a process of its own, so that its memory is its own.</summary>
internal static class GrowthRun
{
    // The growth is judged where fixed costs no longer matter.
    private const double JudgedFrom = 1000;

    private static readonly int[] s_domains = [10, 100, 1000, 3000, 10_000];
    private static readonly int[] s_ports = [64, 1024, 16_384, 131_072];

    private static readonly (string Id, string Operation)[] s_judged =
        [("growth-capture", "capture-read"), ("growth-rules", "rules"), ("growth-report", "report")];

    /// <summary>Measures all points once, and those that are judged in several rounds.</summary>
    public static BenchResults Run(int rounds, bool isQuick)
    {
        var all = GrowthPoint.DomainOperations.Select(name => (Name: name, Sizes: isQuick ? [10, 30] : s_domains))
            .Concat(GrowthPoint.PortOperations.Select(name => (Name: name, Sizes: isQuick ? [64, 256] : s_ports)))
            .Where(one => !isQuick || s_judged.Any(judged => judged.Operation == one.Name))
            .ToArray();
        var points = all.ToDictionary(one => one.Name, one => Array.ConvertAll(one.Sizes, _ => new List<(double Seconds, double Bytes)>()));
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (name, sizes) in all)
            {
                for (var place = 0; place < sizes.Length; place++)
                {
                    if (round == 0 || IsJudged(name, sizes[place])) points[name][place].Add(Measure(name, sizes[place]));
                }
            }
        }
        return new BenchResults
        {
            TakenAt = DateTimeOffset.UtcNow,
            Sets = Array.ConvertAll(s_judged, judged => new SampleSet
            {
                Id = judged.Id,
                Measured = [.. Enumerable.Range(0, rounds).Select(round => Exponent(judged.Operation, round))],
            }),
            Series =
            [
                .. all.Select(one => new GrowthSeries
                {
                    Operation = one.Name,
                    IsByPorts = GrowthPoint.PortOperations.Contains(one.Name),
                    Sizes = Array.ConvertAll(one.Sizes, size => (double)size),
                    Seconds = Array.ConvertAll(points[one.Name], point => Statistics.Reduce(point.Select(value => value.Seconds)).Median),
                    PeakBytes = Array.ConvertAll(points[one.Name], point => Statistics.Reduce(point.Select(value => value.Bytes)).Median),
                }),
            ],
        };

        bool IsJudged(string name, int size) => size >= JudgedFrom && s_judged.Any(judged => judged.Operation == name);

        double Exponent(string name, int round)
        {
            var sizes = all.Single(one => one.Name == name).Sizes;
            // A short run has no sizes that are judged, and one round.
            var judged = Enumerable.Range(0, sizes.Length).Where(place => isQuick || IsJudged(name, sizes[place])).ToArray();
            return Statistics.Exponent(
                Array.ConvertAll(judged, place => (double)sizes[place]),
                Array.ConvertAll(judged, place => points[name][place][round].Seconds));
        }
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
