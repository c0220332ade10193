using System.Text.Json;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli;

/// <summary><c>xenshared path</c>, as a script runs it.</summary>
public sealed class PathCommandTests
{
    [Fact]
    public void TheStatusShowsWhetherAnEventStops()
    {
        var stuck = CliProgram.Run("path", "-t", "simulated:15", "-d", "14", "-p", "66");
        var well = CliProgram.Run("path", "-t", "simulated:15", "-d", "1", "-p", "66");
        var none = CliProgram.Run("path", "-t", "simulated:15", "-d", "1", "-p", "5000");

        Assert.Equal((1, 0, 1), (stuck.Status, well.Status, none.Status));
        Assert.Equal("STOPPED domain 14 (sim-pv-stuck-14) port 66", stuck.Lines[0]);
        Assert.Contains("    Mask        Stops    masked in each of 3 reads in 4.0 s", stuck.Lines);
        Assert.Contains(
            "-> xenshared poke -d 14 -p 66 --repair --unmask -t simulated:15",
            stuck.Output,
            StringComparison.Ordinal);
        Assert.All(stuck.Lines, line => Assert.InRange(line.Length, 1, 80));
        Assert.StartsWith("QUIET domain 1 ", well.Lines[0], StringComparison.Ordinal);
        Assert.Contains("has no port 5000", Assert.Single(none.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("table")]
    [InlineData("json")]
    public void WithoutAWaitingEventOneLineOnStandardErrorGivesTheReason(string format)
    {
        var run = CliProgram.Run("path", "-t", "simulated:15", "-d", "1", "-o", format);

        Assert.Equal(1, run.Status);
        Assert.Empty(run.Output);
        Assert.Equal(
            "warning: No channel of the simulated host (seed 1) was tested: no event is known to wait in the selected domains.",
            run.Error.TrimEnd());
    }

    [Fact]
    public void JsonHasThePropertiesOfPowerShell()
    {
        var run = CliProgram.Run("path", "-t", "simulated:15", "-d", "14", "-p", "66", "--json");

        var path = JsonDocument.Parse(Assert.Single(run.Lines)).RootElement;
        Assert.Equal(("Stopped", "Mask"), (path.GetProperty("Verdict").GetString(), path.GetProperty("StopsAt").GetString()));
        Assert.StartsWith("xenshared poke -d 14 -p 66", path.GetProperty("Advice").GetString(), StringComparison.Ordinal);
        var step = path.GetProperty("Step")[3];
        Assert.Equal(("Mask", "Stops"), (step.GetProperty("Link").GetString(), step.GetProperty("State").GetString()));
        Assert.Equal("shared page", step.GetProperty("Source").GetString());
    }

    [Fact]
    public void TheWideFormHasTheSourceOfEachLink()
    {
        var run = CliProgram.Run("path", "-t", "simulated:15", "-d", "5", "-p", "66", "-o", "wide");

        Assert.Contains("on simulated", run.Lines[0], StringComparison.Ordinal);
        Assert.Contains("(xc_hvm_param_get)", run.Output, StringComparison.Ordinal);
    }
}
