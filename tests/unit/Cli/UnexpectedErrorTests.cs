using XenShared.Cli.Execution;
using XenShared.Files;

namespace XenShared.Tests.Cli;

/// <summary>
/// Checks that an unexpected error is one line with a separate exit status, and that details are printed only on request.
/// </summary>
public sealed class UnexpectedErrorTests
{
    private const int Unexpected = 7;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnyErrorIsOneLineAndAStatus(bool withDetails)
    {
        using var output = new StringWriter();

        var status = UnexpectedError.Catch(() => throw new InvalidOperationException("It is\nso\u001b[2J."), output, withDetails);

        Assert.Equal(Unexpected, status);
        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("xenshared: unexpected error", lines[0], StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException", lines[0], StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', lines[0]);
        if (withDetails) Assert.Contains(lines, line => line.Contains(nameof(AnyErrorIsOneLineAndAStatus), StringComparison.Ordinal));
        else Assert.Contains("--debug", Assert.Single(lines), StringComparison.Ordinal);
    }

    [Fact]
    public void AStandardErrorThatIsFullDoesNotHideTheStatus()
    {
        using var output = new StreamWriter(new FullStream()) { AutoFlush = true };

        Assert.Equal(Unexpected, UnexpectedError.Catch(() => throw new InvalidOperationException("So."), output, withDetails: true));
    }

    [Fact]
    public void AReaderThatWentIsNoError()
    {
        using var output = new StringWriter();

        Assert.Equal(141, UnexpectedError.Catch(() => throw new BrokenPipeException(), output, withDetails: false));
        Assert.Equal("", output.ToString());
    }

    [Fact]
    public void TheOptionIsKnownToEveryCommand()
    {
        Assert.Equal(0, XenShared.Tests.Support.CliProgram.Run("domains", "--target", "simulated:2", "--debug").Status);
        Assert.Equal(0, XenShared.Tests.Support.CliProgram.Run("--debug", "domains", "--target", "simulated:2").Status);
    }

    private sealed class FullStream : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("No space left on device.");

        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("No space left on device.");
    }
}
