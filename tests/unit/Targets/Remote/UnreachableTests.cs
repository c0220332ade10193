using XenShared.Targets;
using XenShared.Targets.Remote;
using XenShared.Tests.Support;

namespace XenShared.Tests.Targets.Remote;

/// <summary>Tests hosts that a real ssh cannot reach: the result is one error with ssh's last message and advice.</summary>
[Collection("ssh")]
public sealed class UnreachableTests(SshBed bed)
{
    [Theory]
    [InlineData("stranger", "verification failed")]
    [InlineData("unknown", "verification failed")]
    [InlineData("forbidden", "Permission denied")]
    [InlineData("closed", "refused")]
    [InlineData("nowhere", "Could not resolve")]
    public void OneErrorGivesTheReason(string host, string words)
    {
        bed.NeedDaemon();

        var error = Assert.Throws<XenException>(() => Watchdog.Ends(() => RemoteTarget.Open(new SshDestination(host))));

        Assert.Equal(XenErrorId.HostUnreachable, error.Id);
        Assert.True(error.IsFatal);
        Assert.StartsWith(host, error.Message, StringComparison.Ordinal);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Advice);
        Messages.AssertSentence(error.Message);
    }

    [Fact]
    public void AHostWithoutTheProgramGivesAnAdviceHowToInstallIt()
    {
        bed.NeedDaemon();

        var error = Assert.Throws<XenException>(() => Watchdog.Ends(() => RemoteTarget.Open(new SshDestination("empty"))));

        Assert.Equal(XenErrorId.RemoteNotInstalled, error.Id);
        Messages.AssertSentence(error.Message);
    }

    [Fact]
    public void AConnectionThatDiesInTheMiddleIsOneError()
    {
        bed.NeedDaemon();
        using var target = RemoteTarget.Open(new SshDestination("dying"));

        var error = Assert.Throws<XenException>(() =>
            Watchdog.Ends(() => target.TakeCapture(new CaptureRequest { Parts = CaptureParts.Standard })));

        Assert.Equal(XenErrorId.HostUnreachable, error.Id);
        Messages.AssertSentence(error.Message);
        // The host is up, so the next question is answered over a new connection.
        Assert.NotEmpty(target.ReadDomains());
    }

    [Fact]
    public void AHostThatDoesNotRespondTimesOut()
    {
        var silent = bed.StandIn("silent", "exit 0");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows' ssh has no shared connections");
        // Its ssh connects to no host and prints nothing.
        File.WriteAllText(bed["standins/standin-silent"], "#!/bin/bash\nsleep 60\n");
        File.WriteAllText(
            bed["bin/ssh"],
            File.ReadAllText(bed["bin/ssh"])
                .Replace("[ \"$command\" = cat ]", "[ \"$command\" = cat ] && [ $host != standin-silent ]", StringComparison.Ordinal));

        var error = Assert.Throws<XenException>(() =>
            Watchdog.Ends(() => RemoteTarget.Open(silent with { ConnectingTimeout = TimeSpan.FromMilliseconds(300) })));

        Assert.Equal(XenErrorId.HostUnreachable, error.Id);
        Assert.Contains("0.3 s", error.Message, StringComparison.Ordinal);
    }
}
