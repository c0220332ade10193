namespace XenShared;

/// <summary>Represents a fault of a domain that a rule has found. Unknown values never count as faults.</summary>
public sealed record XenFault
{
    /// <summary>Gets the domain.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets its name; null when unknown.</summary>
    public string? DomainName { get; init; }

    /// <summary>Gets the vCPU; null if the fault does not belong to a vCPU.</summary>
    public int? Vcpu { get; init; }

    /// <summary>Gets the port; null if the fault does not belong to a port.</summary>
    public uint? Port { get; init; }

    /// <summary>
    /// Gets the name of the rule, such as <c>LostWakeup</c>. Scripts match it, so it does not change. <c>docs/faults.md</c> describes each
    /// rule.
    /// </summary>
    public required string Rule { get; init; }

    /// <summary>Gets the severity.</summary>
    public required FaultSeverity Severity { get; init; }

    /// <summary>Gets the observations that prove the fault, with numbers, in one or two sentences.</summary>
    public required string Evidence { get; init; }

    /// <summary>Gets the recommended action, with the cmdlet to run if there is one.</summary>
    public required string Advice { get; init; }

    /// <summary>Gets the advice in the forms of both front ends; null if a rule did not create the fault.</summary>
    internal AdviceText? AdviceText { get; init; }

    /// <summary>Gets the host.</summary>
    public string HostName { get; init; } = "";

    /// <summary>Gets the time of the last sample that shows the fault; null if the file does not contain it.</summary>
    public DateTimeOffset? TakenAt { get; init; }

    /// <summary>Returns the recommended action, with the line of <c>xenshared</c> to run if there is one.</summary>
    /// <param name="target">The target, as the option <c>--target</c> takes it; null for this host.</param>
    public IEnumerable<AdvicePart> GetCommandLineAdvice(string? target = null) =>
        AdviceText?.ToCommandLine(target) ?? [new AdvicePart(Advice, IsCommand: false)];

    /// <summary>Returns one line for people, safe to show.</summary>
    public override string ToString() =>
        $"{Severity} {DisplayText.Sanitize(Rule)}: {DisplayText.Domain(DomId, DomainName)}: {DisplayText.Sanitize(Evidence)}";
}
