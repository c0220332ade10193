using XenShared.Files;

namespace XenShared.Tests.Files;

/// <summary>Tests reading the kind of a line of a capture without parsing the line.</summary>
public sealed class CaptureLineKindTests
{
    [Theory]
    [InlineData("""{"kind":"sample","domid":1}""", "sample")]
    [InlineData("""{"kind":"end"}""", "end")]
    [InlineData("""{"kind":"end" """, "end")]
    [InlineData("""{"kind":"new-kind"}""", null)]
    [InlineData("""{"kind":"\u0065nd"}""", null)]
    [InlineData("""{"kind":"sample""", null)]
    [InlineData("""{"kind":""}""", null)]
    [InlineData("""{"kind":null}""", null)]
    [InlineData("""{ "kind":"end"}""", null)]
    [InlineData("""{"domid":1,"kind":"sample"}""", null)]
    [InlineData("", null)]
    public void OnlyAPlainKindAtTheStartIsRead(string line, string? kind) =>
        Assert.Equal(kind, CaptureLineKind.FromStart(System.Text.Encoding.UTF8.GetBytes(line)));
}
