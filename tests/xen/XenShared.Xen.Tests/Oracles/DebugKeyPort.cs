namespace XenShared.Xen.Tests.Oracles;

/// <summary>Represents a line of debug key 'e', which is Xen's own view of a port.</summary>
/// <param name="Port">The port.</param>
/// <param name="Pending">Whether an event waits, in the ABI that is in use.</param>
/// <param name="Masked">Whether it is masked; always so for ports that Xen consumes.</param>
/// <param name="Abi">The ABI by the form of the third field: one digit, a selector's bit, or the wide form of a FIFO link.</param>
/// <param name="State">Xen's own number: 2 unbound, 3 interdomain, 4 PIRQ, 5 VIRQ, 6 IPI.</param>
/// <param name="Vcpu">The vCPU that events are delivered to.</param>
/// <param name="Consumer">The number of the part of Xen that consumes it; 0 for none.</param>
/// <param name="Details">The fields that follow, such as <c>d</c> and <c>p</c> of interdomain ports, <c>v</c> of VIRQs.</param>
internal sealed record DebugKeyPort(
    uint Port,
    bool Pending,
    bool Masked,
    EventAbi Abi,
    int State,
    int Vcpu,
    int Consumer,
    IReadOnlyDictionary<char, uint> Details)
{
    /// <summary>Gets a value indicating whether the port is bound to the timer VIRQ.</summary>
    public bool IsTimer => State == 5 && Details.GetValueOrDefault('v', uint.MaxValue) == 0;

    /// <summary>Gets a value indicating whether the port is bound to an IPI.</summary>
    public bool IsIpi => State == 6;
}
