namespace XenShared;

/// <summary>One domain of a host.</summary>
public sealed record XenDomain
{
    /// <summary>
    /// Gets the number that Xen gives it until it ends. A file of one guest does not carry it, and shows 32756, which is no domain
    /// (<c>DOMID_INVALID</c>).
    /// </summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets the toolstack's name; null when xenstore has none.</summary>
    public string? Name { get; init; }

    /// <summary>Gets the UUID that stays over restarts; null when the file does not carry it.</summary>
    public Guid? Uuid { get; init; }

    /// <summary>Null when the host does not tell (Xen 4.8 and 4.9 do not tell PVH from HVM).</summary>
    public DomainType? Type { get; init; }

    /// <summary>Gets what it is doing; null when the file does not carry it.</summary>
    public DomainState? State { get; init; }

    /// <summary>vCPUs that are online; null when the file does not carry it.</summary>
    public int? VcpuCount { get; init; }

    /// <summary>32 or 64: how wide the guest and Xen take the shared page; null when it cannot be told.</summary>
    public int? Width { get; init; }

    /// <summary>Gets what tells the width.</summary>
    public string? WidthEvidence { get; init; }

    /// <summary>Gets how it takes events.</summary>
    public EventAbi EventAbi { get; init; }

    /// <summary>Gets what tells the ABI, or why it is not known.</summary>
    public string AbiEvidence { get; init; } = "";

    /// <summary>Frame of the shared page (an MFN for PV, a GFN otherwise); null while the guest has not mapped it.</summary>
    public ulong? SharedInfoFrame { get; init; }

    /// <summary>Processor time that all its vCPUs have had; null when the file does not carry it.</summary>
    public TimeSpan? CpuTime { get; init; }

    /// <summary>Memory it holds now; null when the file does not carry it.</summary>
    public ulong? MemoryBytes { get; init; }

    /// <summary>Gets the host it runs on.</summary>
    public string HostName { get; init; } = "";

    /// <summary>Returns one line for people, safe to show.</summary>
    public override string ToString() =>
        DisplayText.Domain(DomId, Name);
}
