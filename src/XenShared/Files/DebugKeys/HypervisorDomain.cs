namespace XenShared.Files.DebugKeys;

/// <summary>Represents Xen's own view of one domain's event channels.</summary>
/// <param name="DomId">The domain.</param>
/// <param name="Abi">The event ABI; Unknown if the domain has no port.</param>
/// <param name="Ports">The ports that were in use, by number.</param>
/// <param name="IsComplete">True if every line of the domain is complete. Then a port that is not in <paramref name="Ports"/> was not in
/// use. If false, nothing is known about such a port.</param>
public sealed record HypervisorDomain(ushort DomId, EventAbi Abi, IReadOnlyDictionary<uint, HypervisorPort> Ports, bool IsComplete)
{
    /// <summary>
    /// Gets a value indicating whether the guest's own kernel printed the bits from its shared page. It prints no bindings, so the state of
    /// each port is null, and <see cref="Ports"/> has only ports that are unmasked or pending.
    /// </summary>
    public bool IsFromGuest { get; init; }

    /// <summary>Gets the evidence for <see cref="Abi"/>.</summary>
    public string AbiEvidence => IsFromGuest
        ? "Linux prints bitmaps at its debug interrupt only with this ABI"
        : "Xen's debug key prints its channels in the form of this ABI";

    /// <summary>Gets the vCPUs that wait in <c>SCHEDOP_poll</c>; null if their line is missing.</summary>
    public IReadOnlyList<int>? PollingVcpus { get; init; }
}
