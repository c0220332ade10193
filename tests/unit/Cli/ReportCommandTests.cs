using System.Text;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli;

/// <summary>Tests <c>xenshared report</c> and <c>xenshared metrics</c>.</summary>
public sealed class ReportCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _source;

    public ReportCommandTests() => _source = _folder.RealCapture();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AReportGoesToAFileOrToStandardOutput()
    {
        var run = CliProgram.Run("report", _folder["host.html"], "--target", _source);
        var printed = CliProgram.Run("report", "-", "--target", _source);

        Assert.Equal((0, "", ""), (run.Status, run.Output, run.Error));
        Assert.StartsWith("<!DOCTYPE html>\n<html lang=\"en\">", File.ReadAllText(_folder["host.html"]), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(_folder["host.html"]), printed.OutputBytes);
    }

    [Fact]
    public void AFileThatExistsIsKeptUnlessForced()
    {
        _folder.Write("old.html", "old"u8.ToArray());

        Assert.Equal(5, CliProgram.Run("report", _folder["old.html"], "--target", _source).Status);
        Assert.Equal("old", File.ReadAllText(_folder["old.html"]));

        Assert.Equal(0, CliProgram.Run("report", _folder["old.html"], "--force", "--target", _source).Status);
        Assert.Equal(["old.html", "real.xencap"], _folder.FileNames);
        Assert.Contains("Domain 5", File.ReadAllText(_folder["old.html"]), StringComparison.Ordinal);
    }

    [Fact]
    public void OfNoDomainThereIsNothing()
    {
        Assert.Equal(1, CliProgram.Run("report", _folder["none.html"], "--domid", "99", "--target", _source).Status);
        Assert.Equal(1, CliProgram.Run("metrics", "--output", _folder["none.prom"], "--domid", "99", "--target", _source).Status);

        Assert.Equal(["real.xencap"], _folder.FileNames);
    }

    [Fact]
    public void MetricsReplaceTheirFile()
    {
        _folder.Write("xen.prom", "old"u8.ToArray());

        var run = CliProgram.Run("metrics", "--output", _folder["xen.prom"], "--target", _source);
        var text = File.ReadAllText(_folder["xen.prom"]);

        Assert.Equal((0, "", ""), (run.Status, run.Output, run.Error));
        Assert.StartsWith("# HELP xenshared_domain_info ", text, StringComparison.Ordinal);
        Assert.EndsWith("\n# EOF\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', text);
        Assert.Matches(@"(?m)^xenshared_scan_duration_seconds \d", text);
        Assert.Equal(["real.xencap", "xen.prom"], _folder.FileNames);
    }

    [Theory]
    [InlineData("0", false)]
    [InlineData("10", true)]
    public void MetricsHaveTheDriftOfClocksIfItIsAskedFor(string seconds, bool isWritten)
    {
        var run = CliProgram.Run("metrics", "--sample", "0", "--clocks", seconds, "--domid", "1", "--target", "simulated");

        Assert.Equal((0, ""), (run.Status, run.Error));
        Assert.Equal(isWritten, run.Output.Contains("\nxenshared_vcpu_clock_drift_ppm{", StringComparison.Ordinal));
        // Xen would pause the domain to report it.
        Assert.DoesNotContain("xenshared_domain_tsc_incarnation", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void OthersMayReadMetricsButNoReport()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no such modes");
            return;
        }
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var umasked = File.GetUnixFileMode(_folder.Write("any", [])) & (Owner | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

        Assert.Equal(0, CliProgram.Run("metrics", "--output", _folder["xen.prom"], "--target", _source).Status);
        Assert.Equal(0, CliProgram.Run("report", _folder["host.html"], "--target", _source).Status);

        Assert.Equal(umasked, File.GetUnixFileMode(_folder["xen.prom"]));
        Assert.Equal(Owner, File.GetUnixFileMode(_folder["host.html"]));
    }

    [Fact]
    public void MetricsAreForStandardOutputUnlessAFileIsNamed()
    {
        var run = CliProgram.Run("metrics", "--domid", "5", "--target", "simulated");

        Assert.Equal(0, run.Status);
        Assert.Contains(
            "xenshared_event_channels_pending{host=\"simulated\",domid=\"5\"",
            Encoding.UTF8.GetString(run.OutputBytes),
            StringComparison.Ordinal);
        Assert.DoesNotContain("domid=\"4\"", run.Output, StringComparison.Ordinal);
    }
}
