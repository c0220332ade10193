using XenShared.Files;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files;

/// <summary>Tests that a capture with a text of excessive length is rejected, whatever the kind of its line.</summary>
public sealed class CaptureTextLimitTests
{
    private static readonly string s_long = new('x', CaptureLimits.Default.MaximumText + 1);

    [Theory]
    [InlineData("domain", "name")]
    [InlineData("sample", "unstable")]
    [InlineData("xenstore", "nodes")]
    [InlineData("devices", "devices")]
    [InlineData("holders", "processes")]
    [InlineData("eventpage", "evidence")]
    [InlineData("vcpurecord", "evidence")]
    [InlineData("vcpucontexts", "whyUnknown")]
    [InlineData("vcpuseries", "whyUnknown")]
    [InlineData("xenview", "remark")]
    [InlineData("xenports", "whyUnknown")]
    [InlineData("xendomain", "remark")]
    [InlineData("error", "message")]
    [InlineData("error", "hint")]
    [InlineData("aLaterKind", "note")]
    public void ATextThatIsTooLong(string kind, string property)
    {
        foreach (var value in new[] { $"\"{s_long}\"", $"[\"{s_long}\"]", $$"""{"{{s_long}}":1}""" })
        {
            var line = $$"""{"kind":"{{kind}}","domid":6,"{{property}}":{{value}}}""";

            AssertTooLong(CaptureText.Complete(CaptureText.Domain(), line), 3);
            AssertTooLong(
                CaptureText.Complete(
                    CaptureText.Domain(),
                    $$"""{"kind":"read","number":2,"takenAt":"2026-11-22T09:30:01+00:00","line":{{line}}}"""),
                3);
        }
    }

    [Theory]
    [InlineData("fake")]
    [InlineData("a test")]
    [InlineData(".7")]
    public void ATextOfTheHeaderThatIsTooLong(string text) =>
        AssertTooLong(CaptureText.Complete().Replace($"\"{text}\"", $"\"{s_long}\"", StringComparison.Ordinal), 1);

    [Fact]
    public void ATextOfTheMaximumLengthIsRead()
    {
        var name = s_long[1..];

        var capture = CaptureText.Read(
            CaptureText.Complete(CaptureText.Domain().Replace("\"guest\"", $"\"{name}\"", StringComparison.Ordinal)));

        Assert.Equal(name, capture.Domains[5].Name);
    }

    private static void AssertTooLong(string text, int line)
    {
        var message = CaptureText.AssertDamaged(text).Message;
        Assert.Contains($"a text has more than {s_long.Length - 1} bytes", message, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"at line {line} "), message, StringComparison.Ordinal);
    }
}
