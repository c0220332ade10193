using System.Text;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files;

/// <summary>Checks that a truncated capture is never accepted as one of a smaller host.</summary>
public sealed class CaptureTruncationTests
{
    private static readonly string s_whole = CaptureText.Complete(
        CaptureText.Domain(5), CaptureText.Sample(), CaptureText.Ports("""{"port":1,"state":"Ipi"}"""),
        CaptureText.Domain(6), """{"kind":"xenstore","domid":6,"nodes":{"console/port":"2"}}""");

    [Fact]
    public void EveryPrefixOfThePlainTextIsRefused()
    {
        var bytes = Encoding.UTF8.GetBytes(s_whole);

        // The end of the last line may be missing: its content shows that it is the last.
        Watchdog.Ends(() =>
        {
            for (var length = 0; length < bytes.Length - 1; length++) AssertRefused(bytes[..length], length);
        });
        Assert.Equal(2, CaptureText.Read(bytes[..^1]).Domains.Count);
    }

    [Fact]
    public void EveryPrefixOfTheCompressedFileIsRefusedOrWhole()
    {
        var bytes = CaptureText.Compress(Encoding.UTF8.GetBytes(s_whole));
        // Behind the text stand eight bytes, a checksum and a length, of which a decompressor may do without.
        Watchdog.Ends(() =>
        {
            for (var length = 0; length < bytes.Length; length++)
            {
                if (bytes.Length - length > 12) AssertRefused(bytes[..length], length);
                else AssertRefusedOrWhole(bytes[..length], length);
            }
        });
    }

    [Fact]
    public void ALineThatIsMissingIsMissed()
    {
        var lines = s_whole.Split('\n');
        for (var missing = 1; missing < lines.Length - 2; missing++)
            CaptureText.AssertDamaged(string.Join('\n', lines.Where((_, index) => index != missing)));
    }

    [Fact]
    public void ALineThatComesTwiceIsNoticed()
    {
        var lines = s_whole.Split('\n');
        for (var twice = 0; twice < lines.Length - 1; twice++)
            CaptureText.AssertDamaged(string.Join('\n', lines.Take(twice + 1).Concat(lines.Skip(twice))));
    }

    private static void AssertRefused(byte[] bytes, int length)
    {
        var error = Record(bytes);
        Assert.True(
            error is XenException { Id: XenErrorId.FileDamaged or XenErrorId.FileNotRecognised },
            $"The first {length} bytes gave {error?.ToString() ?? "a capture"}.");
    }

    private static void AssertRefusedOrWhole(byte[] bytes, int length)
    {
        if (Record(bytes) is not null) AssertRefused(bytes, length);
        else Assert.Equal(2, CaptureText.Read(bytes).Domains.Count);
    }

    private static Exception? Record(byte[] bytes) => Xunit.Record.Exception(() => CaptureText.Read(bytes));
}
