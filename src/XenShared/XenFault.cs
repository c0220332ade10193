namespace XenShared;

/// <summary>Something that is wrong with a domain, by one rule. What is not known is never a fault.</summary>
public sealed record XenFault
{
    /// <summary>Gets the domain.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets its name; null when unknown.</summary>
    public string? DomainName { get; init; }

    /// <summary>Gets the vCPU it is about; null when it is about none, or about the whole domain.</summary>
    public int? Vcpu { get; init; }

    /// <summary>Gets the port it is about; null when it is about none.</summary>
    public uint? Port { get; init; }

    /// <summary>
    /// Gets the rule that found it, such as <c>LostWakeup</c>. Runbooks match it; it does not change. <c>docs/faults.md</c> tells about
    /// each.
    /// </summary>
    public required string Rule { get; init; }

    /// <summary>Gets how grave it is.</summary>
    public required FaultSeverity Severity { get; init; }

    /// <summary>Gets what was seen, with numbers, in one or two sentences.</summary>
    public required string Evidence { get; init; }

    /// <summary>Gets what to do, with the command to type where there is one.</summary>
    public required string Advice { get; init; }

    /// <summary>Gets the host.</summary>
    public string HostName { get; init; } = "";

    /// <summary>Gets when the last of the looks was taken that show it; null when a file does not tell.</summary>
    public DateTimeOffset? TakenAt { get; init; }

    /// <summary>Returns one line for people, safe to show.</summary>
    public override string ToString() =>
        $"{Severity} {DisplayText.Sanitize(Rule)}: {DisplayText.Domain(DomId, DomainName)}: {DisplayText.Sanitize(Evidence)}";
}
