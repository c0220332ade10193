namespace XenShared;

/// <summary>Represents a domain of a host.</summary>
public sealed record XenDomain
{
    /// <summary>
    /// Gets the domain's number. A file of one guest does not contain it; the value is then 32756 (<c>DOMID_INVALID</c>).
    /// </summary>
    public ushort DomId { get; internal init; }

    /// <summary>Gets the name of the domain from the toolstack; null if xenstore has none.</summary>
    public string? Name { get; internal init; }

    /// <summary>Gets the UUID, which a restart does not change; null if the file does not contain it.</summary>
    public Guid? Uuid { get; internal init; }

    /// <summary>
    /// Gets the type; null if it is not known. Xen 4.8 and 4.9 do not distinguish PVH from HVM, so the type is null for both.
    /// </summary>
    public DomainType? Type { get; internal init; }

    /// <summary>Gets the state; null if the file does not contain it.</summary>
    public DomainState? State { get; internal init; }

    /// <summary>Gets the reason why the domain shut down; null if it did not, or if the reason is not known.</summary>
    public ShutdownReason? ShutdownReason { get; internal init; }

    /// <summary>Gets the number of vCPUs that are online; null if the file does not contain it.</summary>
    public int? VcpuCount { get; internal init; }

    /// <summary>Gets the width of the shared page's layout in bits, 32 or 64; null if it is not known.</summary>
    public int? Width { get; internal init; }

    /// <summary>Gets the evidence for the width, or the reason why it is not known.</summary>
    public string? WidthEvidence { get; internal init; }

    /// <summary>Gets the event ABI.</summary>
    public EventAbi EventAbi { get; internal init; }

    /// <summary>Gets the evidence for the event ABI, or the reason why it is not known.</summary>
    public string AbiEvidence { get; internal init; } = "";

    /// <summary>
    /// Gets the frame number of the shared page (an MFN for PV, a GFN otherwise); null while the guest has not mapped the page, and if the
    /// file does not contain it.
    /// </summary>
    public ulong? SharedInfoFrame { get; internal init; }

    /// <summary>Gets the processor time that all vCPUs of the domain have used together; null if the file does not contain it.</summary>
    public TimeSpan? CpuTime { get; internal init; }

    /// <summary>Gets the amount of memory that the domain has now, in bytes; null if the file does not contain it.</summary>
    public ulong? MemoryBytes { get; internal init; }

    /// <summary>
    /// Gets the vCPUs that wait in the hypercall <c>SCHEDOP_poll</c>, from the output of Xen's debug key <c>e</c> in a console log or
    /// capture; null without that output.
    /// </summary>
    public IReadOnlyList<int>? PollingVcpu { get; internal init; }

    /// <summary>
    /// Gets the number of references to the domain, from the output of Xen's debug key <c>q</c> in a console log or capture; null without
    /// that output. A dying domain disappears when nothing refers to it any longer.
    /// </summary>
    public int? ReferenceCount { get; internal init; }

    /// <summary>Gets the name of the host.</summary>
    public string HostName { get; internal init; } = "";

    /// <summary>Returns a one-line description, safe to display.</summary>
    public override string ToString() =>
        DisplayText.Domain(DomId, Name);
}
