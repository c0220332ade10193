using System.Diagnostics;
using FsCheck.Fluent;
using XenShared.Targets.Remote;
using XenShared.Tests.Support;

namespace XenShared.Tests.Targets.Remote;

/// <summary>Checks the command line for the remote shell: whatever a word contains, the shell passes on the same word.</summary>
public sealed class ShellQuotingTests
{
    private static readonly string[] s_words =
    [
        "",
        " ",
        "'",
        "''",
        "a'b",
        "$(reboot)",
        "`x`",
        ";",
        "&&",
        "|",
        ">x",
        "*",
        "~",
        "\\",
        "\"",
        "#",
        "!",
        "-n",
        "{a,b}",
        "$HOME",
        "é",
        "vcpu_info[0].arch.cr2",
    ];

    [Fact]
    public void AShellSeesWords() => AssertSame(s_words);

    [Fact]
    public void AShellSeesAnyWords()
    {
        var word = Gen.Elements(s_words).ArrayOf().Select(string.Concat);
        Always.Holds(word.ArrayOf().Where(words => words.Length > 0), AssertSame, cases: 30);
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    [InlineData("\u001b[31m")]
    public void AControlCharacterIsRefused(string word) =>
        Assert.Equal(XenErrorId.PokeRefused, Assert.Throws<XenException>(() => ShellQuoting.Join(["x", word])).Id);

    private static void AssertSame(string[] words)
    {
        Assert.SkipUnless(File.Exists("/bin/sh"), "there is no /bin/sh");
        using var shell = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", ShellQuoting.Join(["printf", "%s\\n", .. words])]) { RedirectStandardOutput = true }
        )!;
        var output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        Assert.Equal(string.Concat(words.Select(word => word + "\n")), output);
    }
}
