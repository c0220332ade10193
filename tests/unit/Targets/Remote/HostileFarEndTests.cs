using XenShared.Targets;
using XenShared.Targets.Remote;
using XenShared.Tests.Support;

namespace XenShared.Tests.Targets.Remote;

/// <summary>
/// Checks a remote end that sends false data, sends without end, or stops sending: the result is one error, without a hang, and memory
/// stays within the limits.
/// </summary>
[Collection("ssh")]
public sealed class HostileFarEndTests(SshBed bed)
{
    // The memory limit of a process that reads a flood, including the one capture line that may be long.
    private const long MemoryLimit = 384L << 20;

    [Theory]
    [InlineData("garbage", "head -c 100000 /dev/urandom", XenErrorId.FileDamaged)]
    [InlineData("text", "echo 'Welcome to this host!'; echo 'Have a nice day.'", XenErrorId.FileDamaged)]
    [InlineData("nothing", "exit 0", XenErrorId.FileDamaged)]
    [InlineData("endless-line", "printf '{\"xencap\":1'; exec cat /dev/zero", XenErrorId.FileDamaged)]
    [InlineData("bomb", "{ printf '{\"xencap\":1,'; head -c 300000000 /dev/zero | tr '\\0' ' '; } | gzip -1", XenErrorId.FileDamaged)]
    [InlineData("cut", "head -c 5000 $BED/good.xencap", XenErrorId.FileDamaged)]
    [InlineData("killed", "head -c 5000 $BED/good.xencap; kill -9 $$", XenErrorId.HostUnreachable)]
    [InlineData("later-format", "echo '{\"xencap\":2}'", XenErrorId.FileDamaged)]
    [InlineData("older", "echo \"xenshared: Unrecognized command or argument '--wire'.\" >&2; exit 2", XenErrorId.NotSupportedByHost)]
    [InlineData("missing", "echo 'sh: 1: xenshared: not found' >&2; exit 127", XenErrorId.RemoteNotInstalled)]
    [InlineData("wrong-machine", "echo 'cannot execute binary file: Exec format error' >&2; exit 126", XenErrorId.RemoteNotInstalled)]
    [InlineData(
        "no-xen",
        "echo '{\"kind\":\"error\",\"id\":\"XenNotAvailable\",\"message\":\"This is no Xen host; run it on one.\"}' >&2; exit 3",
        XenErrorId.XenNotAvailable
    )]
    [InlineData("loud", "exec yes >&2", XenErrorId.FileDamaged)]
    [InlineData("loud-messages", "exec yes '{\"kind\":\"warning\",\"message\":\"on and on\"}' >&2", XenErrorId.FileDamaged)]
    [InlineData("loud-without-end", "exec cat /dev/zero >&2", XenErrorId.FileDamaged)]
    [InlineData("loud-line", "head -c 10000000 /dev/zero >&2; exit 255", XenErrorId.HostUnreachable)]
    [InlineData("escape", "printf 'bad \\033[31mwords\\n' >&2; exit 255", XenErrorId.HostUnreachable)]
    public void ItIsOneError(string name, string script, XenErrorId id)
    {
        var destination = bed.StandIn(name, script);

        var error = Assert.Throws<XenException>(() => Watchdog.Ends(() => RemoteTarget.Open(destination)));

        Assert.Equal(id, error.Id);
        Assert.Contains($"standin-{name}", error.Message, StringComparison.Ordinal);
        HostileText.AssertClean(error.Message, "an error");
    }

    [Theory]
    [InlineData("endless-line", "printf '{\"xencap\":1'; exec cat /dev/zero")]
    [InlineData("bomb", "{ printf '{\"xencap\":1,'; head -c 300000000 /dev/zero | tr '\\0' ' '; } | gzip -1")]
    [InlineData("loud", "exec yes >&2")]
    [InlineData("loud-messages", "exec yes '{\"kind\":\"warning\",\"message\":\"on and on\"}' >&2")]
    [InlineData("loud-without-end", "exec cat /dev/zero >&2")]
    public void ItNeedsLittleMemory(string name, string script)
    {
        bed.StandIn($"memory-{name}", script);

        // The limit applies to a separate process, so other tests do not affect it.
        var result = CliProgram.RunWithin(MemoryLimit, "domains", "--target", $"ssh://standin-memory-{name}");

        Assert.Equal(5, result.Status);
        Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void AFloodOfLinesIsReadWithoutMakingAnythingOfThem()
    {
        var reader = new StandardErrorReader(new RepeatedLine());
        var before = GC.GetAllocatedBytesForCurrentThread();

        var lines = 0;
        while (reader.ReadAsync() is { IsCompletedSuccessfully: true, Result: not null }) lines++;

        Assert.True(reader.IsFlooded);
        Assert.InRange(lines, StandardErrorReader.MaximumBytes / 10, StandardErrorReader.MaximumBytes);
        // A task for each line, and no text.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, lines * 200L);
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
    public void OtherOutputOfTheRemoteEndIsReported()
    {
        var destination = bed.StandIn("talking", """
            echo '{"kind":"progress","domId":7,"done":5,"total":10,"seconds":1.5}' >&2
            echo '{"kind":"error","id":"DomainNotFound","message":"There is no domain 9; look again."}' >&2
            echo '{"kind":"progress","id":"NoSuchId"}' >&2
            echo 'no json at all' >&2
            hello >&2
            cat $BED/good.xencap
            """);
        using var target = RemoteTarget.Open(destination);
        var messages = new List<WireMessage>();

        using var capture = target.TakeCapture(new CaptureRequest { Progress = messages.Add });

        Assert.NotEmpty(capture.ReadDomains());
        Assert.Equal([(ushort?)7], messages.Select(line => line.DomId));
    }

    private sealed class RepeatedLine : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var whole = buffer.Length / 4 * 4;
            for (var index = 0; index < whole; index++) buffer[index] = "say\n"u8[index % 4];
            return whole;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Read(buffer.Span));

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
