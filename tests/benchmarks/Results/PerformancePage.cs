using System.Globalization;
using System.Text;

namespace XenShared.Benchmarks.Results;

/// <summary>Writes the figures into the performance page, and prints them.</summary>
internal static class PerformancePage
{
    private const string Begin = "<!-- figures: written by build.ps1 -Task Bench -->";
    private const string End = "<!-- end of figures -->";

    /// <summary>Prints the table, and writes it into a page with its plots beside it.</summary>
    /// <param name="folder">The folder with the results of all parts.</param>
    /// <param name="page">The page; null to print only, without a check of the bounds.</param>
    /// <returns>0; 1 if a bound is missed by more than its noise; 2 if a comparison was not measured.</returns>
    public static int Write(string folder, string? page)
    {
        var results = BenchResults.ReadAll(folder);
        var sets = results.SelectMany(result => result.Sets).ToDictionary(set => set.Id);
        var rows = Bound.All.Select(bound => TableRow.Create(bound, sets.GetValueOrDefault(bound.Id))).ToArray();
        foreach (var row in rows) Console.WriteLine(row.ToText(isChecked: page is not null));
        if (page is not null) WritePage(page, results, rows);
        // A set without samples has the reason why this machine cannot measure it.
        return Bound.All.Any(bound => !sets.ContainsKey(bound.Id)) ? 2
            : page is not null && rows.Any(row => row.IsMissed) ? 1
            : 0;
    }

    /// <summary>Prints the results of one part.</summary>
    public static int Print(BenchResults results)
    {
        foreach (var set in results.Sets)
            Console.WriteLine(TableRow.Create(Bound.All.Single(bound => bound.Id == set.Id), set).ToText(isChecked: true));
        return 0;
    }

    private static void WritePage(string page, IReadOnlyList<BenchResults> results, IReadOnlyList<TableRow> rows)
    {
        var text = new StringBuilder(Begin).Append("\n\n");
        var (first, last) = (results.Min(result => result.TakenAt), results.Max(result => result.TakenAt));
        text.Append(CultureInfo.InvariantCulture, $"Measured on {first:yyyy-MM-dd} from {first:HH:mm} to {last:HH:mm} UTC. ");
        text.Append(CultureInfo.InvariantCulture, $"Machine:\n{Machine.Describe()}.\n\n");
        text.Append("| what | bound | before | measured | noise | result |\n|---|---|---|---|---|---|\n");
        foreach (var row in rows) text.Append(row.ToMarkdown()).Append('\n');
        foreach (var note in rows.Where(row => row.Note is not null).GroupBy(row => row.Note))
            text.Append(CultureInfo.InvariantCulture, $"\n- {string.Join(", ", note.Select(row => row.Bound.Id))}:\n  {note.Key}.");
        text.Append('\n');
        var folder = Path.Combine(Path.GetDirectoryName(page)!, "performance");
        Directory.CreateDirectory(folder);
        var series = results.SelectMany(result => result.Series).ToArray();
        foreach (var isByPorts in (bool[])[false, true])
        {
            var some = series.Where(one => one.IsByPorts == isByPorts).ToArray();
            if (some.Length == 0) continue;
            var (size, name) = isByPorts ? ("ports of one domain", "ports") : ("domains", "domains");
            Plot($"{name}-time", $"Time by {size}", size, "seconds", some, one => one.Seconds);
            Plot($"{name}-memory", $"Peak memory by {size}", size, "MB above the start", some, one => [.. one.PeakBytes.Select(ToMB)]);
        }
        text.Append('\n').Append(End);
        var old = File.ReadAllText(page);
        var (from, to) = (old.IndexOf(Begin, StringComparison.Ordinal), old.IndexOf(End, StringComparison.Ordinal));
        if (from < 0 || to < from) throw new InvalidOperationException($"{page} does not have the lines '{Begin}' and '{End}'.");
        File.WriteAllText(page, string.Concat(old.AsSpan(0, from), text.ToString(), old.AsSpan(to + End.Length)));

        static double ToMB(double bytes) => bytes / 1e6;

        void Plot(string file, string title, string x, string y, GrowthSeries[] some, Func<GrowthSeries, double[]> values)
        {
            var plot = new LogLogPlot(title, x, y);
            foreach (var one in some) plot.Add(one.Operation, one.Sizes, values(one));
            File.WriteAllText(Path.Combine(folder, $"{file}.svg"), plot.Draw());
            text.Append(CultureInfo.InvariantCulture, $"\n![{title}](performance/{file}.svg)\n");
        }
    }
}
