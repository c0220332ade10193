namespace XenShared;

/// <summary>Represents a fault of a domain that a rule has found. A value that is not known never counts as a fault.</summary>
public sealed record XenFault
{
    /// <summary>Gets the number of the domain.</summary>
    public ushort DomId { get; internal init; }

    /// <summary>Gets the name of the domain; null if it is not known.</summary>
    public string? DomainName { get; internal init; }

    /// <summary>Gets the number of the vCPU; null if the fault does not belong to a vCPU.</summary>
    public int? Vcpu { get; internal init; }

    /// <summary>Gets the port; null if the fault does not belong to a port.</summary>
    public uint? Port { get; internal init; }

    /// <summary>
    /// Gets the name of the rule, such as <c>LostWakeup</c>. Scripts compare the name, so it does not change. <c>docs/faults.md</c>
    /// describes each rule.
    /// </summary>
    public string Rule { get; internal init; } = null!;

    /// <summary>Gets the severity.</summary>
    public FaultSeverity Severity { get; internal init; }

    /// <summary>Gets the observations that prove the fault, with numbers, in one or two sentences.</summary>
    public string Evidence { get; internal init; } = null!;

    /// <summary>Gets the recommended action, with the cmdlet to run if there is one.</summary>
    public string Advice { get; internal init; } = null!;

    /// <summary>
    /// Gets the advice from which the text for PowerShell or for the command line is made; null if no rule of this process created the
    /// fault.
    /// </summary>
    internal AdviceText? AdviceText { get; init; }

    /// <summary>Gets the name of the host.</summary>
    public string HostName { get; internal init; } = "";

    /// <summary>Gets the time of the last sample that shows the fault; null if the file does not contain it.</summary>
    public DateTimeOffset? TakenAt { get; internal init; }

    /// <summary>Returns the recommended action, with the line of <c>xenshared</c> to run if there is one.</summary>
    /// <param name="target">The target, as the option <c>--target</c> takes it; null for this host.</param>
    public IEnumerable<AdvicePart> GetCommandLineAdvice(string? target = null) =>
        AdviceText?.ToCommandLine(target) ?? [new AdvicePart(Advice, IsCommand: false)];

    /// <summary>Returns a copy whose <see cref="Advice"/> has lines of <c>xenshared</c> in place of cmdlets.</summary>
    /// <param name="target">The target, as the option <c>--target</c> takes it; null for this host.</param>
    public XenFault WithCommandLineAdvice(string? target = null) =>
        this with { Advice = string.Concat(GetCommandLineAdvice(target).Select(part => part.Text)) };

    /// <summary>Returns a one-line description, safe to display.</summary>
    public override string ToString() =>
        $"{Severity} {DisplayText.Sanitize(Rule)}: {DisplayText.Domain(DomId, DomainName)}: {DisplayText.Sanitize(Evidence)}";
}
