namespace XenShared.Cli.Output;

/// <summary>Prints paths as paragraphs of 80 columns: the result, the links in the order of the event, and the advice.</summary>
internal static class PathOutput
{
    private const int Width = 74;
    private const int LinkWidth = 11;
    private const int StateWidth = 8;

    /// <summary>Prints the paths, and returns their number.</summary>
    /// <param name="paths">The paths.</param>
    /// <param name="isWide">Whether to print the source of each link, and the host.</param>
    /// <param name="target">The target in the commands to run; null for this host.</param>
    public static int Write(IEnumerable<XenEventPath> paths, bool isWide, string? target)
    {
        var count = 0;
        foreach (var path in paths)
        {
            Write(path, isWide, target, Console.Out);
            count++;
        }
        return count;
    }

    private static void Write(XenEventPath path, bool isWide, string? target, TextWriter output)
    {
        var host = isWide ? $" on {path.HostName}" : "";
        var heading = $"{DisplayText.Domain(path.DomId, path.DomainName)} port {TextFormat.Number<uint>(path.Port)}{host}";
        output.WriteLine($"{Verdict(path.Verdict)} {TextFormat.Plain(heading)}");
        foreach (var line in DisplayText.Wrap(TextFormat.Plain(path.Evidence), Width)) output.WriteLine($"    {line}");
        foreach (var step in path.Step)
        {
            var label = $"    {step.Link,-LinkWidth} {step.State,-StateWidth} ";
            var source = isWide && step.Source is { } known ? $" ({known})" : "";
            foreach (var (line, index) in DisplayText
                .Wrap(TextFormat.Plain($"{step.Evidence}{source}"), Width + 4 - label.Length)
                .Select((line, index) => (line, index)))
                output.WriteLine($"{(index == 0 ? label : new string(' ', label.Length))}{line}");
        }
        if (path.Advice.Length > 0) AdviceLines.Write(path.GetCommandLineAdvice(target), output);
    }

    private static string Verdict(EventPathVerdict verdict)
    {
        var text = verdict.ToString().ToUpperInvariant();
        return verdict switch
        {
            EventPathVerdict.Stopped => TerminalColor.Apply(FaultSeverity.Critical, text),
            EventPathVerdict.Unknown => TerminalColor.Apply(FaultSeverity.Warning, text),
            _ => text,
        };
    }
}
