namespace XenShared;

/// <summary>Represents a recommended command in the forms of both front ends.</summary>
/// <param name="Cmdlet">The line for PowerShell.</param>
/// <param name="Arguments">The words after <c>xenshared</c>; null if the command line has no equivalent.</param>
/// <param name="IsWrite">Whether the command writes to the domain.</param>
internal sealed record AdvisedCommand(string Cmdlet, string? Arguments, bool IsWrite = false)
{
    /// <summary>Gets the line for a shell on the host; null if the command line has no equivalent.</summary>
    public string? CommandLine => Arguments is null ? null : $"xenshared {Arguments}";

    /// <summary>Returns the parts of the command in the form of the command line.</summary>
    /// <param name="target">The target, as the option <c>--target</c> takes it; null for this host.</param>
    public IEnumerable<AdvicePart> ToCommandLine(string? target) =>
        CommandLine is { } line
            ? [new AdvicePart(target is null ? line : $"{line} -t {target}", IsCommand: true)]
            : [new AdvicePart("in PowerShell: ", IsCommand: false), new AdvicePart(Cmdlet, IsCommand: true)];
}
