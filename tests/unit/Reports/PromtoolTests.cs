using XenShared.Reports.Metrics;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;

namespace XenShared.Tests.Reports;

/// <summary>Checks that Prometheus' own tool reads the metrics and reports no problem.</summary>
public sealed class PromtoolTests
{
    private static readonly string? s_promtool = Tool.Find("promtool");

    [Theory]
    [InlineData("bookworm-quick.xencap")]
    [InlineData("simulated")]
    [InlineData("hostile")]
    public void PromtoolAccepts(string source)
    {
        Assert.SkipWhen(s_promtool is null, "promtool (Debian package prometheus) is not on PATH");
        var metrics = new XenMetrics();
        if (source == "hostile")
            metrics.Add(SomeReport.With("a\"b\\c\nd\r\0e\uD800\u202e{}=,", [SomeReport.Channel(1, true)], SomeReport.Fault()));
        else if (source == "simulated")
            metrics.Add(SomeReport.Create(new SimulatedTarget()));
        else
            metrics.Add(SomeReport.FromCapture(source));
        metrics.SetCost(TimeSpan.FromSeconds(3));
        var text = string.Join('\n', metrics.Lines()) + "\n";

        Assert.Equal((0, ""), Tool.Run(s_promtool!, text, "check", "metrics"));
    }

    [Fact]
    public void PromtoolReportsErrors()
    {
        Assert.SkipWhen(s_promtool is null, "promtool (Debian package prometheus) is not on PATH");

        Assert.NotEqual(0, Tool.Run(s_promtool!, "# TYPE a gauge\na{b=\"c} 1\n", "check", "metrics").Status);
    }
}
