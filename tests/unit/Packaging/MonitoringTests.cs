using System.Text.Json;
using System.Text.RegularExpressions;
using XenShared.Reports.Metrics;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;

namespace XenShared.Tests.Packaging;

/// <summary>Checks the systemd units, the alerts for Prometheus and the dashboard for Grafana that the packages contain.</summary>
public sealed partial class MonitoringTests
{
    private static readonly string s_folder = Path.Combine("src", "XenShared.Cli", "packaging", "monitoring");
    private static readonly string? s_promtool = Tool.Find("promtool");
    private static readonly string? s_analyze = Tool.Find("systemd-analyze");

    // Metrics that the node exporter itself adds.
    private static readonly string[] s_nodeExporter = ["node_textfile_mtime_seconds", "node_textfile_scrape_error"];

    public static TheoryData<string> Files => new("xenshared.rules.yml", "xenshared-dashboard.json");

    [Fact]
    public void PromtoolAcceptsTheAlertsAndTheirTests()
    {
        Assert.SkipWhen(s_promtool is null, "promtool (Debian package prometheus) is not on PATH");
        var (status, output) = Tool.Run(s_promtool!, "", "check", "rules", PathOf("xenshared.rules.yml"));

        Assert.True(status == 0, output);
        (status, output) = Tool.Run(
            s_promtool!,
            "",
            "test",
            "rules",
            Path.Combine(SourceTree.Root, "tests", "unit", "Packaging", "xenshared.rules.test.yml"));
        Assert.True(status == 0, output);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void EachMetricThatIsUsedIsWritten(string file)
    {
        var metrics = new XenMetrics();
        using var host = new SimulatedTarget(15);
        metrics.Add(SomeReport.Create(host));
        metrics.Add(SomeReport.With("guest", [], SomeReport.Fault()));
        metrics.Add(new XenClock { DomId = 5, Vcpu = [new() { Vcpu = 0, DriftPpm = 1 }] });
        metrics.SetCost(TimeSpan.FromSeconds(1));
        var written = metrics.Lines()
            .Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[2])
            .Concat(s_nodeExporter)
            .ToHashSet();

        var used = MetricName().Matches(SourceTree.Read(Path.Combine(s_folder, file))).Select(match => match.Value).ToHashSet();

        Assert.NotEmpty(used);
        Assert.Subset(written, used);
    }

    [Fact]
    public void TheDashboardMatchesTheSchemaOfGrafana()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the schema is checked on Linux");
        var script = Path.Combine(SourceTree.Root, "tests", "unit", "Packaging", "check-dashboard.sh");
        var (status, output) = Tool.Run(script, "", PathOf("xenshared-dashboard.json"));
        Assert.SkipWhen(status == 75, $"the schema cannot be fetched: {output}");
        Assert.True(status == 0, output);
        using var folder = new TemporaryFolder();
        var wrong = SourceTree.Read(Path.Combine(s_folder, "xenshared-dashboard.json"))
            .Replace("\"gridPos\"", "\"gridPosition\"", StringComparison.Ordinal);
        File.WriteAllText(folder["wrong.json"], wrong);
        Assert.Contains("gridPosition", Tool.Run(script, "", folder["wrong.json"]).Said, StringComparison.Ordinal);
    }

    [Fact]
    public void TheDashboardHasPanelsThatDoNotOverlapAndQueriesThatAreValid()
    {
        using var dashboard = JsonDocument.Parse(SourceTree.Read(Path.Combine(s_folder, "xenshared-dashboard.json")));
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().ToArray();

        Assert.Equal(panels.Length, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.All(panels, panel => Assert.NotEmpty(panel.GetProperty("description").GetString()!));
        var cells = panels.SelectMany(Cells).ToArray();
        Assert.Equal(cells.Length, cells.Distinct().Count());
        Assert.All(cells, cell => Assert.InRange(cell.X, 0, 23));
        Assert.SkipWhen(s_promtool is null, "promtool (Debian package prometheus) is not on PATH");
        var queries = panels
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => target.GetProperty("expr").GetString()!);
        // promtool checks expressions only as rules.
        var rules = "groups:\n- name: dashboard\n  rules:\n"
            + string.Concat(queries.Select((query, at) => $"  - record: panel{at}\n    expr: {JsonSerializer.Serialize(query)}\n"));
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Root, "panels.yml");
        File.WriteAllText(path, rules);
        var (status, output) = Tool.Run(s_promtool!, "", "check", "rules", path);
        Assert.True(status == 0, output);
    }

    [Fact]
    public void SystemdAcceptsTheUnits()
    {
        Assert.SkipWhen(s_analyze is null, "systemd-analyze is not installed");
        using var folder = new TemporaryFolder();
        string[] names = ["xenshared-metrics.service", "xenshared-metrics.timer"];
        foreach (var name in names)
            // The program is not installed here.
            File.WriteAllText(
                Path.Combine(folder.Root, name),
                SourceTree.Read(Path.Combine(s_folder, name)).Replace("/usr/bin/xenshared ", "/bin/true ", StringComparison.Ordinal));
        var paths = Array.ConvertAll(names, name => Path.Combine(folder.Root, name));

        var (status, output) = Tool.Run(s_analyze!, "", ["verify", "--man=no", .. paths]);

        Assert.Equal((0, ""), (status, output.Trim()));
    }

    [Fact]
    public void TheServiceIsExposedAsLittleAsPossible()
    {
        Assert.SkipWhen(s_analyze is null, "systemd-analyze is not installed");

        var (_, output) = Tool.Run(
            s_analyze!,
            "",
            "security",
            "--offline=yes",
            "--no-pager",
            "--threshold=30",
            PathOf("xenshared-metrics.service"));

        var exposure = Exposure().Match(output);
        Assert.True(exposure.Success, output);
        Assert.InRange(double.Parse(exposure.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), 0, 3);
    }

    private static string PathOf(string file) => Path.Combine(SourceTree.Root, s_folder, file);

    private static IEnumerable<(int X, int Y)> Cells(JsonElement panel)
    {
        var position = panel.GetProperty("gridPos");
        var (left, top) = (position.GetProperty("x").GetInt32(), position.GetProperty("y").GetInt32());
        return
            from x in Enumerable.Range(left, position.GetProperty("w").GetInt32())
            from y in Enumerable.Range(top, position.GetProperty("h").GetInt32())
            select (x, y);
    }

    [GeneratedRegex(@"\b(?:xenshared|node)_[a-z_]*[a-z]\b(?!\.prom)")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"Overall exposure level for \S+: (\d+\.\d+)")]
    private static partial Regex Exposure();
}
