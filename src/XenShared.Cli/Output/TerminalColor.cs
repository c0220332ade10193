namespace XenShared.Cli.Output;

/// <summary>
/// Colours states and severities on a terminal, in the colours of the module's views. There is no colour if the output is redirected, if
/// <c>NO_COLOR</c> is set (https://no-color.org), or if <c>TERM</c> is <c>dumb</c> or not set.
/// </summary>
internal static class TerminalColor
{
    private const string Red = "\u001b[31m";
    private const string Yellow = "\u001b[33m";
    private const string Faint = "\u001b[2m";
    private const string Normal = "\u001b[0m";

    private static readonly bool s_isUsed = !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>Returns the text of a cell in the colour of the state that it shows.</summary>
    /// <param name="heading">The heading of the column.</param>
    /// <param name="state">The cell without padding.</param>
    /// <param name="text">The cell with padding.</param>
    public static string Apply(string heading, string state, string text) => (heading, state) switch
    {
        _ when !s_isUsed => text,
        ("STATE", "crashed") => Red + text + Normal,
        ("STATE", "dying") or ("PENDING", "yes") => Yellow + text + Normal,
        ("MASKED", "yes") or ("LIVE", "stale") => Faint + text + Normal,
        _ => text,
    };

    /// <summary>Returns the text of a severity in its colour.</summary>
    public static string Apply(FaultSeverity severity, string text) => severity switch
    {
        _ when !s_isUsed => text,
        FaultSeverity.Critical => Red + text + Normal,
        FaultSeverity.Warning => Yellow + text + Normal,
        _ => text,
    };
}
