using System.Diagnostics;
using System.Text.RegularExpressions;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli;

/// <summary>
/// Checks the colours of tables: they are written only on a terminal and only for states and severities, and do not change the width.
/// </summary>
public sealed partial class ColorTests
{
    [Theory]
    [InlineData("channels -d 1 5 14", "\u001b[33myes    \u001b[0m", "\u001b[2myes   \u001b[0m")]
    [InlineData("faults -d 14", "\u001b[31mCRITICAL\u001b[0m StuckMasked: domain 14", null)]
    public void AColouredTableIsThePlainOneWithColours(string command, string colored, string? alsoColored)
    {
        var plain = CliProgram.Run([.. command.Split(' '), "-t", "simulated"]);

        var terminal = RunOnTerminal(command, "TERM=xterm");

        Assert.DoesNotContain('\u001b', plain.Output);
        Assert.Contains(colored, terminal, StringComparison.Ordinal);
        if (alsoColored is not null) Assert.Contains(alsoColored, terminal, StringComparison.Ordinal);
        Assert.Contains(plain.Output, Escape().Replace(terminal, ""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TERM=xterm NO_COLOR=1")]
    [InlineData("TERM=dumb")]
    [InlineData("-u TERM")]
    public void NobodyGetsColoursWhoDoesNotWantThem(string environment)
    {
        foreach (var command in (string[])["channels -d 14", "faults -d 14", "domains"])
        {
            var output = RunOnTerminal(command, environment);

            Assert.Contains("14", output, StringComparison.Ordinal);
            Assert.DoesNotMatch(Escape(), output);
        }
    }

    // script(1) gives the program a terminal.
    private static string RunOnTerminal(string command, string environment)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "script is not installed.");
        var start = CliProgram.Prepare("/usr/bin:/bin", []);
        var line = $"env {environment} {start.FileName} {command} -t simulated 2>/dev/null";
        start.FileName = "/usr/bin/script";
        foreach (var argument in (string[])["-qec", line, "/dev/null"]) start.ArgumentList.Add(argument);
        start.Environment.Remove("NO_COLOR");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"\x1b\[\d+m")]
    private static partial Regex Escape();
}
