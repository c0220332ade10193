using System.Text;
using System.Text.Json;
using XenShared.Files;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files;

/// <summary>Compares the lines of a capture with the description of the format.</summary>
public sealed class CaptureWriterTests
{
    [Fact]
    public void TheHeaderComesFirstAndTheEndCountsTheLines()
    {
        var lines = Lines(writer => writer.Complete());

        Assert.StartsWith("{\"xencap\":1,", lines[0], StringComparison.Ordinal);
        Assert.Equal("clock", Kind(lines[1]));
        Assert.Equal("""{"kind":"end","lines":2}""", lines[2]);
        Assert.Equal(3, lines.Length);
    }

    [Fact]
    public void EveryLineIsOneJsonObjectWithAKindAndWithoutNulls()
    {
        var domain = new CapturedDomain
        {
            Reading = Some.Domain() with { Type = null, PvWidth = null, SharedInfoFrame = null },
            PageError = CapturedError.From(Some.Error(XenErrorId.DomainVanished)),
            ValidPorts = 64,
        };

        var lines = Lines(writer =>
        {
            writer.Write(domain);
            writer.Complete();
        });

        Assert.Equal(["clock", "domain", "error", "ports", "end"], lines.Skip(1).Select(Kind));
        Assert.All(lines, line => Assert.DoesNotContain("null", line, StringComparison.Ordinal));
    }

    [Fact]
    public void ALongTableOfPortsIsCutIntoLines()
    {
        var domain = new CapturedDomain { Reading = Some.Domain(), ValidPorts = 8192 };
        domain.Ports.AddRange(
            Enumerable.Range(1, 5000).Select(port => new XenShared.Hypervisor.EventChannelStatus((uint)port, ChannelState.Ipi)));

        var lines = Lines(writer =>
        {
            writer.Write(domain);
            writer.Complete();
        });

        Assert.Equal(3, lines.Count(line => Kind(line) == "ports"));
        Assert.All(lines, line => Assert.True(line.Length < CaptureLimits.Default.MaximumLineBytes / 2));
    }

    [Fact]
    public void WithoutItsEndItReadsAsCutOff()
    {
        using var output = new MemoryStream();
        using (var writer = Begin(output)) writer.Write(new CapturedDomain { Reading = Some.Domain() });

        Assert.True(output.CanWrite);
        var error = CaptureText.AssertDamaged(Encoding.UTF8.GetString(output.ToArray()));
        Assert.Contains("cut off", error.Message, StringComparison.Ordinal);
    }

    private static string[] Lines(Action<CaptureWriter> write)
    {
        using var output = new MemoryStream();
        using (var writer = Begin(output)) write(writer);
        var text = Encoding.UTF8.GetString(output.ToArray());
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        return text[..^1].Split('\n');
    }

    private static CaptureWriter Begin(Stream output) => new(output, compress: false, new FakeTarget().Host, Some.Start, Some.Clock);

    private static string? Kind(string line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.TryGetProperty("kind", out var kind) ? kind.GetString() : null;
    }
}
