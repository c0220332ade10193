using System.Globalization;
using System.Text;
using XenShared.Tests.Support;

namespace XenShared.Tests;

/// <summary>Checks how text from guests, files and other hosts is displayed.</summary>
public sealed class DisplayTextTests
{
    [Fact]
    public void NoCodePointThatATerminalObeysOrHidesIsShown()
    {
        for (var value = 0; value <= 0x10FFFF; value++)
        {
            var text = value is >= 0xD800 and <= 0xDFFF ? ((char)value).ToString() : char.ConvertFromUtf32(value);
            var category = CharUnicodeInfo.GetUnicodeCategory(text, 0);
            var shown = DisplayText.Sanitize($"a{text}b");

            Assert.True(HostileText.IsClean(shown), $"U+{value:X4}");
            Assert.Equal(shown == $"a{text}b", DisplayText.IsSafe($"a{text}b"));
            if (category is UnicodeCategory.SpaceSeparator) Assert.Equal("a b", shown);
            else if (!HostileText.IsClean(text)) Assert.Equal("a?b", shown);
            else if (!HostileText.IsInvisible(value)) Assert.Equal($"a{text}b", shown);
        }
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("web-1", "web-1")]
    [InlineData("Größe 漢字 😀", "Größe 漢字 😀")]
    [InlineData("e\u0301", "e\u0301")]
    [InlineData("\u0301e", "?e")]
    [InlineData("a \u0301", "a ?")]
    [InlineData("a\u00a0\u0301", "a ?")]
    [InlineData("\u001b[31m", "?[31m")]
    [InlineData("a\r\nb\tc", "a??b?c")]
    [InlineData("a\u202eb\u2066c\u2028d", "a?b?c?d")]
    public void IsSafeAndReadable(string? text, string shown) => Assert.Equal(shown, DisplayText.Sanitize(text));

    [Fact]
    public void HalfOfASurrogatePairIsNotShown()
    {
        Assert.Equal("?", DisplayText.Sanitize("\ud83d"));
        Assert.Equal("a??", DisplayText.Sanitize("a\ude00\ud83d"));
    }

    [Fact]
    public void WhatIsSafeIsNotCopied()
    {
        foreach (var text in (string[])["web-1", "Größe 漢字 😀"]) Assert.Same(text, DisplayText.Sanitize(text));
    }

    [Fact]
    public void ANameThatIsMadeSafeStaysSafe()
    {
        var random = new Random(5);
        for (var turn = 0; turn < 20_000; turn++)
        {
            var text = new StringBuilder();
            for (var length = random.Next(8); length >= 0; length--)
                text.Append((char)(random.Next(2) == 0 ? random.Next(0x10000) : random.Next(0x400)));
            var shown = DisplayText.Sanitize(text.ToString());

            Assert.Equal(shown, DisplayText.Sanitize(shown));
            Assert.True(HostileText.IsClean(shown));
        }
    }

    [Fact]
    public void TheMessageOfAnErrorIsSafe()
    {
        var error = new XenException(XenErrorId.DomainNotFound, $"No domain '{HostileText.All}'", HostileText.All);

        Assert.True(HostileText.IsClean(error.Message));
        Assert.True(HostileText.IsClean(error.Advice!));
    }
}
