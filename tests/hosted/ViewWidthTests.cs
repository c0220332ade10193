using System.Management.Automation;
using System.Text.RegularExpressions;
using Xunit;

namespace XenShared.Hosted.Tests;

/// <summary>Checks the views in consoles of several widths, as the console itself formats them.</summary>
public sealed partial class ViewWidthTests
{
    private static readonly string[] s_prose =
        ["WidthEvidence", "AbiEvidence", "LayoutEvidence", "LiveEvidence", "StateNote", "Note", "Evidence", "Advice", "Reason", "Unstable"];

    private static readonly (string Query, string View)[] s_views =
    [
        ("Get-XenDomain", "Format-List"),
        ("Get-XenSharedInfo -ErrorAction Ignore", "Format-List"),
        ("Get-XenVcpuInfo -SampleSeconds 0 -ErrorAction Ignore", "Format-List"),
        ("Get-XenDevice", "Format-List"),
        ("Get-XenClock -SampleSeconds 0", "Format-List"),
        ("Get-XenEventChannel -Unknown -WarningAction Ignore", "Format-List"),
        ("Find-XenFault -IntervalMilliseconds 100 -WarningAction Ignore", "Write-Output"),
        ("Find-XenFault -IntervalMilliseconds 100 -WarningAction Ignore", "Format-List"),
        ("Find-XenFault -IntervalMilliseconds 100 -IncludeRuleResult -WarningAction Ignore | Where-Object Outcome", "Write-Output"),
        ("Find-XenFault -IntervalMilliseconds 100 -IncludeRuleResult -WarningAction Ignore | Where-Object Outcome", "Format-List"),
    ];

    public static TheoryData<int, string, string> Views
    {
        get
        {
            var views = new TheoryData<int, string, string>();
            foreach (var width in (int[])[80, 100, 120, 200])
                foreach (var (query, view) in s_views) views.Add(width, query, view);
            return views;
        }
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void Break_no_word(int width, string query, string view)
    {
        var console = new NarrowConsole(width);
        using var module = new HostedModule(console);

        // Out-Default writes to the console, as it does with the output of what is typed.
        var (objects, errors, _) = module.Run(
            $"$null = Connect-XenTarget -Simulated; $all = @({query}); $all; $all | {view} | Out-Default");

        Assert.Empty(errors);
        Assert.NotEmpty(objects);
        var lines = console.Lines.Select(line => Colour().Replace(line, "")).ToArray();
        Assert.DoesNotContain(lines, line => line.Length >= width);
        var shown = lines.SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToHashSet();
        Assert.All(objects.SelectMany(Words), word => Assert.Contains(word, shown));
    }

    private static IEnumerable<string> Words(PSObject shown) =>
        s_prose.SelectMany(name => $"{LanguagePrimitives.ConvertTo<string>(shown.Properties[name]?.Value)}"
            .Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex("\u001b\\[[0-9;]*m")]
    private static partial Regex Colour();
}
