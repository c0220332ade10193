using XenShared.Tests.Support;

namespace XenShared.Tests.Cli;

/// <summary>Checks the tables and the help of the command.</summary>
public sealed class TextOutputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("domains")]
    [InlineData("info")]
    [InlineData("vcpus")]
    [InlineData("clocks")]
    [InlineData("channels")]
    [InlineData("devices")]
    [InlineData("capture")]
    [InlineData("report")]
    [InlineData("metrics")]
    [InlineData("demo")]
    public void HelpIsOnStandardOutput(string command)
    {
        var run = CliProgram.Run([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Equal((0, ""), (run.Status, run.Error));
        Assert.Contains("Usage:", run.Output, StringComparison.Ordinal);
        Assert.Contains(command, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void HelpNamesEveryCommandAndEveryOption()
    {
        var root = CliProgram.Run("--help").Output;
        string[] commands = ["domains", "info", "vcpus", "clocks", "channels", "devices", "capture", "report", "metrics", "demo"];
        Assert.All(commands, command =>
            Assert.Contains(command, root, StringComparison.Ordinal));

        var channels = CliProgram.Run("channels", "--help").Output;
        Assert.All(
            (string[])
                ["--domid", "--name", "--target", "--json", "--port", "--state", "--pending", "--masked", "--unknown", "--include-closed"],
            option => Assert.Contains(option, channels, StringComparison.Ordinal));
    }

    [Fact]
    public void VersionIsTheProgramsOwn()
    {
        var run = CliProgram.Run("--version");

        Assert.Equal((0, ""), (run.Status, run.Error));
        Assert.Matches(@"^\d+\.\d+\.\d+", run.Output);
    }

    [Fact]
    public void Domains()
    {
        var lines = CliProgram.Run("domains", "--target", _folder.RealCapture()).Lines;

        Assert.Equal(8, lines.Length);
        Assert.StartsWith("   ID NAME", lines[0], StringComparison.Ordinal);
        Assert.Matches(@"^    0 Domain-0 +PV +running +1 +64 +FIFO +0x", lines[1]);
        Assert.Matches(@"^    3 grub64 +PV +runnable +1 +64 +2-level +0x", lines[4]);
        Assert.All(lines, line => Assert.True(line.Length <= 80, line));
    }

    [Fact]
    public void AnUnknownBitIsAQuestionMark()
    {
        var lines = CliProgram.Run("channels", "--domid", "0", "3", "--port", "1", "--target", _folder.RealCapture()).Lines;

        Assert.Matches(@"^    0 +1 +0 \? +\? +VIRQ timer$", lines[1]);
        Assert.Matches(@"^    3 +1 +0 yes +- +domain 0 port \d+ +xenstore$", lines[2]);
    }

    [Fact]
    public void AStaleRecordIsCalledStale()
    {
        var lines = CliProgram.Run("vcpus", "--domid", "0", "1", "3", "--target", _folder.RealCapture()).Lines;

        Assert.Matches(@"^    0 +0 stale .* page\+0x0$", lines[1]);
        Assert.Matches(@"^    1 +0 live .* PFN 0x[0-9a-f]+\+0x[0-9a-f]+$", lines[2]);
        Assert.Matches(@"^    3 +0 live .* page\+0x0$", lines[3]);
    }

    [Fact]
    public void APageInWords()
    {
        var run = CliProgram.Run("info", "--domid", "1", "--target", _folder.RealCapture());

        Assert.Contains("domain 1 (pv-fifo) on dom0", run.Output, StringComparison.Ordinal);
        Assert.Contains("pending     not known from the page", run.Output, StringComparison.Ordinal);
        Assert.Contains("X86_64", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void TheDemoNeedsNoXen()
    {
        var run = CliProgram.Run("demo");

        Assert.Equal(0, run.Status);
        Assert.Contains("Domain-0", run.Output, StringComparison.Ordinal);
        // The second half is the same in PowerShell, or one line with the reason why it is not shown.
        Assert.Contains("The same in PowerShell", run.Output, StringComparison.Ordinal);
    }
}
