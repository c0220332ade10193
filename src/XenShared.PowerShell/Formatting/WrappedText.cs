using System.ComponentModel;
using System.Management.Automation.Host;

namespace XenShared.PowerShell.Formatting;

/// <summary>
/// Breaks sentences between words, at the width of the console. PowerShell does so in a few languages only; in other languages, and in the
/// locale C of a control domain, it breaks within words.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class WrappedText
{
    // ListLabel is the width of the longest label of a list view, with its colon. A constant with a name in Columns is the width of all
    // columns of a table except the last, which contains the wrapped text.
    private const int ListLabel = 20;
    private const int FaultColumns = 41;
    private const int RuleColumns = 28;
    private const int PathColumns = 27;
    private const int StepColumns = 20;

    private const int UsualWidth = 80;
    private const int LeastWidth = 20;

    /// <summary>Wraps the value of a property in a list view.</summary>
    public static string InList(string? text, PSHost? host) => Wrap(Width(host) - ListLabel, text);

    /// <summary>Wraps the evidence and the advice of a fault for the last column of a table.</summary>
    public static string OfFault(string? evidence, string? advice, PSHost? host) =>
        Wrap(Width(host) - FaultColumns, evidence, "> " + advice);

    /// <summary>Wraps the reason of a rule's result for the last column of a table.</summary>
    public static string OfRule(string? reason, PSHost? host) => Wrap(Width(host) - RuleColumns, reason);

    /// <summary>Returns evidence and advice of a path for the last column of a table.</summary>
    public static string OfPath(string? evidence, string? advice, PSHost? host) =>
        string.IsNullOrEmpty(advice)
            ? Wrap(Width(host) - PathColumns, evidence)
            : Wrap(Width(host) - PathColumns, evidence, "> " + advice);

    /// <summary>Returns the evidence of a link of a path for the last column of a table.</summary>
    public static string OfStep(string? evidence, PSHost? host) => Wrap(Width(host) - StepColumns, evidence);

    /// <summary>Returns the links of a path for a property of a list, each on lines of its own.</summary>
    public static string OfSteps(object? steps, PSHost? host) =>
        Wrap(Width(host) - ListLabel, [.. Detail.Steps(steps)]);

    private static string Wrap(int width, params string?[] texts) =>
        string.Join(
            Environment.NewLine,
            texts.SelectMany(text => DisplayText.Wrap(ViewFormat.Plain(text), Math.Max(width, LeastWidth))));

    // Returns the number of columns that can be used: one less than the width of the console, because PowerShell leaves its last column
    // empty. If there is no console, as in a job, UsualWidth is taken as the width.
    private static int Width(PSHost? host)
    {
        try
        {
            return (host?.UI?.RawUI?.BufferSize.Width is > 0 and var width ? width : UsualWidth) - 1;
        }
        catch (Exception error) when (error is HostException or NotImplementedException or IOException)
        {
            return UsualWidth - 1;
        }
    }
}
