using System.Text;
using System.Text.RegularExpressions;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli;

/// <summary>Checks the exit status of commands, and the stream of each message.</summary>
public sealed class ExitStatusTests : IDisposable
{
    private const int Done = 0;
    private const int NothingMatched = 1;
    private const int Usage = 2;
    private const int NoXen = 3;
    private const int Failed = 5;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("domains")]
    [InlineData("info")]
    [InlineData("vcpus --domid 1 2 3")]
    [InlineData("channels --domid 3 4 5 6")]
    public void DoneWithObjectsOnStandardOutputAlone(string command)
    {
        var run = CliProgram.Run([.. command.Split(' '), "--target", _folder.RealCapture()]);

        Assert.Equal((Done, ""), (run.Status, run.Error));
        Assert.NotEmpty(run.Lines);
    }

    [Fact]
    public void WarningsGoToStandardErrorAndAreNoFailure()
    {
        var run = CliProgram.Run("channels", "--target", _folder.RealCapture());

        Assert.Equal(Done, run.Status);
        // The control domain's own memory was not searched.
        Assert.StartsWith(
            "warning: Domain 0 ",
            Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)),
            StringComparison.Ordinal);
        Assert.DoesNotContain("warning", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("domains --domid 99")]
    [InlineData("info --domid 99")]
    [InlineData("domains --name nobody")]
    [InlineData("capture - --domid 99")]
    public void ADomainThatIsMissingIsNothingMatchedWithAWord(string command)
    {
        var run = CliProgram.Run([.. command.Split(' '), "--target", _folder.RealCapture()]);

        Assert.Equal(NothingMatched, run.Status);
        Assert.StartsWith("xenshared: ", run.Error, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(run.Error, "list (the|its) domains", RegexOptions.IgnoreCase));
        if (!command.StartsWith("capture", StringComparison.Ordinal)) Assert.Empty(run.Output);
    }

    [Theory]
    [InlineData("domains --name nobody*")]
    [InlineData("channels --domid 4 --pending")]
    [InlineData("vcpus --domid 1 --vcpu 7")]
    public void NothingMatchedWithoutAWordWhereNothingIsMissing(string command)
    {
        var run = CliProgram.Run([.. command.Split(' '), "--target", _folder.RealCapture()]);

        Assert.Equal((NothingMatched, ""), (run.Status, run.Output));
        Assert.DoesNotContain("xenshared:", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsThereComesBesideWhatIsMissing()
    {
        var run = CliProgram.Run("domains", "--domid", "3", "99", "4", "--target", _folder.RealCapture());

        Assert.Equal(NothingMatched, run.Status);
        Assert.Contains("There is no domain 99", run.Error, StringComparison.Ordinal);
        Assert.Contains("grub64", run.Output, StringComparison.Ordinal);
        Assert.Contains("pv-2l-vbd-vif", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void APortThatIsMissingIsNothingMatched()
    {
        var run = CliProgram.Run("channels", "--domid", "3", "--port", "1", "4000", "--target", _folder.RealCapture());

        Assert.Equal(NothingMatched, run.Status);
        Assert.Contains("4000", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, run.Lines.Length);
    }

    [Fact]
    public void NoArgumentsShowTheHelp()
    {
        var run = CliProgram.Run();

        Assert.Equal((0, ""), (run.Status, run.Error));
        Assert.Contains("Usage:\n  xenshared [command] [options]\n", run.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("domans", "domains")]
    [InlineData("channels --pendin", "--pending")]
    public void ASimilarNameIsOffered(string command, string similar)
    {
        var run = CliProgram.Run(command.Split(' '));

        Assert.Equal(Usage, run.Status);
        Assert.Contains($"xenshared: Did you mean '{similar}'?", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("domains --nonsense")]
    [InlineData("domains extra")]
    [InlineData("domains --domid 65536")]
    [InlineData("vcpus --sample 3601")]
    [InlineData("clocks --sample 3601")]
    [InlineData("vcpus --sample NaN")]
    [InlineData("channels --state Nonsense")]
    [InlineData("info --layout Alpha")]
    [InlineData("capture")]
    public void UsageIsExplainedOnStandardError(string command)
    {
        var run = CliProgram.Run(command.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal((Usage, ""), (run.Status, run.Output));
        Assert.StartsWith("xenshared: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("Try 'xenshared --help'.", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("domains")]
    [InlineData("info --json")]
    [InlineData("capture -")]
    public void WithoutXenTheErrorHasAnAdvice(string command)
    {
        Assert.SkipWhen(File.Exists("/proc/xen/capabilities") || File.Exists("/dev/xen/privcmd"), "this machine is a Xen host");

        var run = CliProgram.Run(command.Split(' '));

        Assert.Equal((NoXen, ""), (run.Status, run.Output));
        var line = Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("xenshared: This machine is not the control domain of a Xen host", line, StringComparison.Ordinal);
        Messages.AssertSentence(line["xenshared: ".Length..]);
    }

    [Fact]
    public void AFileThatIsMissingFails() => AssertFailed(_folder["no-such.xencap"], "no-such.xencap");

    [Fact]
    public void AFileThatIsNoCaptureFails() =>
        AssertFailed(_folder.Write("notes.txt", "hello\n"u8.ToArray()), "'notes.txt' is not a capture");

    [Fact]
    public void ADamagedCaptureFails()
    {
        var whole = CaptureText.RealText();

        AssertFailed(_folder.Write("cut.xencap", CaptureText.Compress(whole[..^30])), "'cut.xencap' is damaged");
        // Among others, a whole line is missing.
        var text = Encoding.UTF8.GetString(whole);
        AssertFailed(
            _folder.Write(
                "short.xencap",
                Encoding.UTF8.GetBytes(text.Remove(text.IndexOf("{\"kind\":\"xenstore\"", StringComparison.Ordinal), 1))),
            "'short.xencap' is damaged");
    }

    [Fact]
    public void APageWithoutEvidenceOfItsLayoutFailsUnlessOneIsNamed()
    {
        var path = _folder.Write(
            "hvm.xencap",
            Encoding.UTF8.GetBytes(
                CaptureText.Complete(
                    CaptureText
                        .Domain()
                        .Replace("\"PV\"", "\"HVM\"", StringComparison.Ordinal)
                        .Replace("\"pvWidth\":64,", "", StringComparison.Ordinal),
                    CaptureText.Sample(more: ",\"vcpus\":[],\"unstable\":[]"),
                    CaptureText.Ports("""{"port":3,"state":"Ipi"}"""))));

        var run = CliProgram.Run("info", "--target", path);
        Assert.Equal((Failed, ""), (run.Status, run.Output));
        Assert.Contains("could not be deduced", run.Error, StringComparison.Ordinal);

        Assert.Equal(Done, CliProgram.Run("info", "--layout", "X86_64", "--target", path).Status);
    }

    [Fact]
    public void NothingOfACaptureReachesTheTerminalAsACommand()
    {
        // A capture comes from elsewhere: its names may hold what a terminal obeys.
        var text = CaptureText
            .Complete(
                CaptureText.Domain().Replace("guest", "\\u001b]0;owned\\u0007\\nroot", StringComparison.Ordinal),
                CaptureText.Sample(more: ",\"vcpus\":[],\"unstable\":[]"),
                CaptureText.Ports("""{"port":3,"state":"Ipi"}"""),
                """{"kind":"xenstore","domid":5,"nodes":{"device/vif/\u001b[2J/event-channel":"3"}}""",
                """{"kind":"devices","domid":5,"devices":[{"device":"vif","id":"0","frontend":{},"hotplugError":"\u001b[2J\nroot"""
                    + "\",\"backend\":{\"hotplug-status\":\"\\u001b[2J\"}}]}",
                """{"kind":"error","domid":5,"part":"page","id":"XenAccessDenied","message":"\u001b[31mred"}""")
            .Replace("\"fake\"", "\"\\u001b[1mfake\"", StringComparison.Ordinal);
        var path = _folder.Write("hostile.xencap", Encoding.UTF8.GetBytes(text));
        foreach (var command in (string[])["domains", "info", "vcpus", "channels", "devices -o wide"])
        {
            var run = CliProgram.Run([.. command.Split(' '), "--target", path]);

            Assert.DoesNotContain('\u001b', run.Output + run.Error);
            Assert.DoesNotContain('\u0007', run.Output + run.Error);
            Assert.DoesNotContain("\nroot", run.Output + run.Error, StringComparison.Ordinal);
        }
    }

    private static void AssertFailed(string path, string why)
    {
        var run = CliProgram.Run("domains", "--target", path);

        Assert.Equal((Failed, ""), (run.Status, run.Output));
        Assert.StartsWith("xenshared: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(why, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }
}
