using System.IO.Compression;
using System.Text;
using XenShared.Cli.Execution;
using XenShared.Files;
using XenShared.Files.DebugKeys;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files;

/// <summary>
/// Tests texts that are longer than any real one, or endless: every reader stops early, keeps little in memory, and can be cancelled at any
/// point.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class TextLimitTests
{
    private const int Megabyte = 1 << 20;

    public static TheoryData<string, string> Texts => new()
    {
        { "capture with blank lines", CaptureText.Header + "\n|\n" },
        { "capture with unknown kinds", CaptureText.Header + "\n|{\"kind\":\"future\"}\n" },
        { "log with blank lines", "\n|\n" },
        { "log with lines of others", "\n|[   12.345] eth0: link is up\n" },
        { "log with lines of Xen", "\n|(XEN) d3v0 Unhandled page fault\n" },
    };

    [Theory, MemberData(nameof(Texts))]
    public void ReadingAGzipInputIsCancelled(string kind, string text)
    {
        using var packed = new MemoryStream(Pack(text, 64 * Megabyte));
        using var cancellation = new CancellationTokenSource();
        using var input = new CancellingStream(packed, cancellation, readsBefore: 3);

        Watchdog.Ends(() =>
            Assert.Throws<OperationCanceledException>(() => TargetFile.Read(input, "x", cancellation: cancellation.Token).Dispose()));

        // What follows the cancellation is not read.
        Assert.True(input.Reads <= 3, $"{kind}: {input.Reads} reads");
        Assert.True(packed.Position < packed.Length, kind);
    }

    [Fact]
    public void AReferenceCaptureIsCancelledToo()
    {
        using var packed = new MemoryStream(Pack(CaptureText.Header + "\n|\n", 64 * Megabyte));
        using var cancellation = new CancellationTokenSource();
        using var input = new CancellingStream(packed, cancellation, readsBefore: 3);

        Watchdog.Ends(() => Assert.Throws<OperationCanceledException>(() => CaptureTarget.Read(input, "x", cancellation.Token).Dispose()));
    }

    [Fact]
    public void ALogThatNeverEndsIsRefusedAtTheLimit()
    {
        using var input = new EndlessStream("(XEN) Xen version 4.17.7 (x)\n"u8.ToArray(), (byte)'\n', 16L << 30);
        XenException? error = null;
        var allocated = 0L;

        Watchdog.Ends(() =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            error = Assert.Throws<XenException>(() => ConsoleLogReader.Read(input, "x"));
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        });

        Assert.Equal(XenErrorId.FileDamaged, error?.Id);
        Assert.Contains("536870912", error?.Message, StringComparison.Ordinal);
        Assert.InRange(input.Given, ConsoleLogReader.MaximumBytes, ConsoleLogReader.MaximumBytes + Megabyte);
        Assert.InRange(allocated, 0, Megabyte);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("# a comment\n")]
    [InlineData("[   12.345] eth0: link is up\n")]
    public void LinesThatCannotCountAreNotKept(string line)
    {
        using var input = new MemoryStream(Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(line, 16 * Megabyte / line.Length))));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Null(ConsoleLogReader.Read(input, "x"));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Megabyte);
    }

    [Fact]
    public void BlankLinesOfACaptureCountAndCostNothing()
    {
        var text = CaptureText.Header + new string('\n', 16 * Megabyte) + "{\"kind\":\"end\",\"lines\":" + 16 * Megabyte + "}\n\n\n";
        var bytes = Encoding.UTF8.GetBytes(text);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Empty(CaptureText.Read(bytes).Domains);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Megabyte);
        CaptureText.AssertDamaged(text + "x");
    }

    [Fact]
    public void ACaptureHasLimitsForAllThatItKeeps()
    {
        var ports = new CaptureLimits { MaximumTotalPorts = 3 };
        string[] lines = [CaptureText.Domain(5), CaptureText.Ports("""{"port":1},{"port":2}"""), CaptureText.Domain(6)];
        CaptureText.Read(CaptureText.Complete([.. lines, CaptureText.Ports("""{"port":1}""", domId: 6)]), ports);
        CaptureText.AssertDamaged(CaptureText.Complete([.. lines, CaptureText.Ports("""{"port":1},{"port":2}""", domId: 6)]), ports);

        CaptureText.Read(CaptureText.Complete(CaptureText.Domain(), Nodes(new string('p', 4096), new string('v', 4096))));
        CaptureText.AssertDamaged(CaptureText.Complete(CaptureText.Domain(), Nodes(new string('p', 4097), "v")));
        CaptureText.AssertDamaged(CaptureText.Complete(CaptureText.Domain(), Nodes("p", new string('v', 4097))));
    }

    [Theory]
    [InlineData('x', InputLines.MaximumLine)]
    [InlineData('\n', InputLines.MaximumTotal)]
    public void RecordsOfPokesThatNeverEndAreRefusedAtTheLimit(char fill, int limit)
    {
        using var bytes = new EndlessStream([], (byte)fill, 1L << 34);
        using var reader = new StreamReader(bytes);
        var error = Assert.Throws<XenException>(() => new InputLines(reader, "Standard input").ReadRecord());

        Assert.Equal(XenErrorId.FileDamaged, error.Id);
        Assert.StartsWith("Standard input ", error.Message, StringComparison.Ordinal);
        Assert.InRange(bytes.Given, limit, limit + 64 * 1024);
    }

    [Fact]
    public void AFileOfPokesThatIsTooLongIsRefused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["pokes"], new string('\n', InputLines.MaximumTotal + 1));

        var result = CliProgram.Run("poke", "-t", "simulated:3", "--undo", folder["pokes"], "--yes");

        Assert.Equal((5, ""), (result.Status, result.Output));
        Assert.Contains("is longer than 16777216 characters", result.Error, StringComparison.Ordinal);
    }

    private static string Nodes(string path, string value) => $$$"""{"kind":"xenstore","domid":5,"nodes":{"{{{path}}}":"{{{value}}}"}}""";

    // The part before the bar once, the rest again and again.
    private static byte[] Pack(string text, int length)
    {
        var (start, line) = (
            text[..text.IndexOf('|', StringComparison.Ordinal)],
            text[(text.IndexOf('|', StringComparison.Ordinal) + 1)..]);
        var block = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(line, 64 * 1024 / line.Length)));
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(start));
            for (var written = 0L; written < length; written += block.Length) gzip.Write(block);
        }
        return packed.ToArray();
    }
}
