using System.Runtime.Versioning;
using XenShared.Files;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files;

/// <summary>Checks that waiting for a file can be cancelled, whatever its kind.</summary>
[SupportedOSPlatform("linux")]
public sealed class InputFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void APipeWithoutAWriterIsWaitedForUntilCancelled()
    {
        Assert.Equal(0, Tool.Run("/usr/bin/mkfifo", "", _folder["pipe"]).Status);
        using var source = new CancellationTokenSource();
        source.CancelAfter(TimeSpan.FromMilliseconds(300));

        Watchdog.Ends(() => Assert.Throws<OperationCanceledException>(() => TargetFile.Open(_folder["pipe"], cancellation: source.Token)));
        Watchdog.Ends(() => Assert.Throws<OperationCanceledException>(() => CaptureTarget.Open(_folder["pipe"], source.Token)));
    }

    [Fact]
    public async Task APipeIsReadToItsEnd()
    {
        var capture = await File.ReadAllBytesAsync(_folder.RealCapture(), TestContext.Current.CancellationToken);
        Assert.Equal(0, Tool.Run("/usr/bin/mkfifo", "", _folder["pipe"]).Status);
        var reading = Task.Run(
            () => TargetFile.Open(_folder["pipe"], cancellation: TestContext.Current.CancellationToken),
            TestContext.Current.CancellationToken);

        await File.WriteAllBytesAsync(_folder["pipe"], capture, TestContext.Current.CancellationToken);

        using var target = await reading;
        Assert.Equal(7, target.ReadDomains().Count());
    }

    [Fact]
    public void AFileThatIsMissingIsNamed()
    {
        var error = Assert.Throws<FileNotFoundException>(() => InputFile.Open(_folder["none"], CancellationToken.None));

        Assert.Contains("none", error.Message, StringComparison.Ordinal);
    }
}
