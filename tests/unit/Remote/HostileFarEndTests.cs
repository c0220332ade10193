using XenShared.Targets;
using XenShared.Targets.Remote;
using XenShared.Tests.Support;

namespace XenShared.Tests.Remote;

/// <summary>A far end that lies, floods, or falls silent: one error, no hang, no memory beyond the limits.</summary>
[Collection("ssh")]
public sealed class HostileFarEndTests(SshBed bed)
{
    // Beyond this machine's own noise, less than any of the floods below.
    private const long Room = 600L << 20;

    [Theory]
    [InlineData("garbage", "head -c 100000 /dev/urandom", XenErrorId.FileDamaged)]
    [InlineData("text", "echo 'Welcome to this host!'; echo 'Have a nice day.'", XenErrorId.FileDamaged)]
    [InlineData("nothing", "exit 0", XenErrorId.FileDamaged)]
    [InlineData("endless-line", "printf '{\"xencap\":1'; exec cat /dev/zero", XenErrorId.FileDamaged)]
    [InlineData("bomb", "{ printf '{\"xencap\":1,'; head -c 300000000 /dev/zero | tr '\\0' ' '; } | gzip -1", XenErrorId.FileDamaged)]
    [InlineData("cut", "head -c 5000 $BED/good.xencap", XenErrorId.FileDamaged)]
    [InlineData("killed", "head -c 5000 $BED/good.xencap; kill -9 $$", XenErrorId.HostUnreachable)]
    [InlineData("later-format", "echo '{\"xencap\":2}'", XenErrorId.FileDamaged)]
    [InlineData("later-version", "sed '1s/XenShared [0-9.]*/XenShared 7.0.0/' $BED/good.xencap", XenErrorId.NotSupportedByHost)]
    [InlineData("no-version", "sed '1s/XenShared [0-9.]*/hello/' $BED/good.xencap", XenErrorId.NotSupportedByHost)]
    [InlineData("older", "echo \"xenshared: Unrecognized command or argument '--wire'.\" >&2; exit 2", XenErrorId.NotSupportedByHost)]
    [InlineData("missing", "echo 'sh: 1: xenshared: not found' >&2; exit 127", XenErrorId.RemoteNotInstalled)]
    [InlineData("wrong-machine", "echo 'cannot execute binary file: Exec format error' >&2; exit 126", XenErrorId.RemoteNotInstalled)]
    [InlineData("no-xen", "echo '{\"kind\":\"error\",\"id\":\"XenNotAvailable\",\"message\":\"This is no Xen host; run it on one.\"}' >&2; exit 3", XenErrorId.XenNotAvailable)]
    [InlineData("loud", "yes >&2 & sleep 0.5; kill $!; cat $BED/good.xencap | head -c 100", XenErrorId.FileDamaged)]
    [InlineData("loud-line", "head -c 50000000 /dev/zero >&2; exit 255", XenErrorId.HostUnreachable)]
    [InlineData("escape", "printf 'bad \\033[31mwords\\n' >&2; exit 255", XenErrorId.HostUnreachable)]
    public void ItIsOneError(string name, string script, XenErrorId id)
    {
        var destination = bed.StandIn(name, script);
        var before = GC.GetTotalAllocatedBytes();

        var error = Assert.Throws<XenException>(() => Watchdog.Ends(() => RemoteTarget.Open(destination)));

        Assert.Equal(id, error.Id);
        Assert.Contains($"standin-{name}", error.Message, StringComparison.Ordinal);
        HostileText.AssertClean(error.Message, "an error");
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, Room);
    }

    [Theory]
    [InlineData("silent", "sleep 60")]
    [InlineData("never-ending", "head -1 $BED/good.xencap; while :; do echo '{\"kind\":\"nothing\"}'; done")]
    [InlineData("slow", "while read -r line; do echo \"$line\"; sleep 1; done <$BED/good.xencap")]
    public void ItCanBeCalledOff(string name, string script)
    {
        var destination = bed.StandIn($"off-{name}", script);
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));

        Assert.ThrowsAny<OperationCanceledException>(() => Watchdog.Ends(() => RemoteTarget.Open(destination, cancellation.Token)));
    }

    [Fact]
    public void WhatTheFarEndSaysBesideIsHeard()
    {
        var destination = bed.StandIn("talking", """
            echo '{"kind":"progress","domId":7,"done":5,"total":10,"seconds":1.5}' >&2
            echo '{"kind":"error","id":"DomainNotFound","message":"There is no domain 9; look again."}' >&2
            echo '{"kind":"progress","id":"NoSuchId"}' >&2
            echo 'no json at all' >&2
            cat $BED/good.xencap
            """);
        using var target = RemoteTarget.Open(destination);
        var heard = new List<FarLine>();

        using var capture = target.Capture(new CaptureRequest { Progress = heard.Add });

        Assert.NotEmpty(capture.ReadDomains());
        Assert.Equal([(ushort?)7], heard.Select(line => line.DomId));
    }
}
