namespace XenShared.Cli.Output;

/// <summary>Prints advice in lines of 80 columns.</summary>
internal static class AdviceLines
{
    private const int Width = 71;
    private const char NoBreakSpace = '\u00a0';

    /// <summary>
    /// Prints the parts of advice. Each command stays on one line, because it could not be pasted into a shell otherwise.
    /// </summary>
    public static void Write(IEnumerable<AdvicePart> parts, TextWriter output)
    {
        var advice = string.Concat(parts.Select(part =>
            part.IsCommand ? TextFormat.Plain(part.Text).Replace(' ', NoBreakSpace) : TextFormat.Plain(part.Text)));
        foreach (var (line, index) in DisplayText.Wrap(advice, Width).Select((line, index) => (line, index)))
            output.WriteLine($"    {(index == 0 ? "->" : "  ")} {line.Replace(NoBreakSpace, ' ')}");
    }
}
