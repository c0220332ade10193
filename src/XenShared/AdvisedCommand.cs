namespace XenShared;

/// <summary>Represents a recommended command, as a line of PowerShell and as arguments of <c>xenshared</c>.</summary>
/// <param name="Cmdlet">The line for PowerShell.</param>
/// <param name="Arguments">The arguments of <c>xenshared</c> that do the same; null if <c>xenshared</c> cannot do it.</param>
/// <param name="IsWrite">Whether the command writes to the domain.</param>
internal sealed record AdvisedCommand(string Cmdlet, string? Arguments, bool IsWrite = false)
{
    /// <summary>Gets the line for a shell on the host; null if <c>xenshared</c> cannot do the same.</summary>
    public string? CommandLine => Arguments is null ? null : $"xenshared {Arguments}";

    /// <summary>
    /// Returns the command as a line for a shell. If <c>xenshared</c> cannot do the same, returns the line of PowerShell, with words that
    /// say so.
    /// </summary>
    /// <param name="target">The target, as the option <c>--target</c> takes it; null for this host.</param>
    public IEnumerable<AdvicePart> ToCommandLine(string? target) =>
        CommandLine is { } line
            ? [new AdvicePart(target is null ? line : $"{line} -t {target}", IsCommand: true)]
            : [new AdvicePart("in PowerShell: ", IsCommand: false), new AdvicePart(Cmdlet, IsCommand: true)];
}
