namespace XenShared;

/// <summary>
/// Represents a paravirtual device of a domain: what xenstore has about its two ends. The frontend's values are written by the guest, and
/// the backend's by the domain of the backend, so they are what these two claim.
/// </summary>
public sealed record XenDevice
{
    /// <summary>Gets the domain of the frontend.</summary>
    public ushort DomId { get; internal init; }

    /// <summary>Gets its name; null when unknown.</summary>
    public string? DomainName { get; internal init; }

    /// <summary>Gets the kind of the device as in xenstore, such as <c>vif</c>, <c>vbd</c> or <c>console</c>.</summary>
    public string Kind { get; internal init; } = "";

    /// <summary>Gets its number among the devices of its kind, as in xenstore, such as <c>51712</c> (xvda).</summary>
    public string Id { get; internal init; } = "";

    /// <summary>Gets the domain of the backend; null if it is not known.</summary>
    public ushort? BackendDomId { get; internal init; }

    /// <summary>
    /// Gets the kind of the backend, which can differ from <see cref="Kind"/>: a <c>vbd</c> can have a <c>qdisk</c>. Null if it is not
    /// known.
    /// </summary>
    public string? BackendKind { get; internal init; }

    /// <summary>Gets the state of the frontend; null if it has none, like that of the first console, or if it is not known.</summary>
    public XenbusState? FrontendState { get; internal init; }

    /// <summary>Gets the state of the backend; null if it is not known.</summary>
    public XenbusState? BackendState { get; internal init; }

    /// <summary>Gets the result of the hotplug script, such as <c>connected</c> or <c>error</c>; null if there is none.</summary>
    public string? HotplugStatus { get; internal init; }

    /// <summary>
    /// Gets the error messages of the device, each with its writer: <c>hotplug</c>, <c>backend</c> or <c>frontend</c>. Null if there is
    /// none.
    /// </summary>
    public string? Error { get; internal init; }

    /// <summary>Gets the ports of the frontend's event channels, lowest first.</summary>
    public IReadOnlyList<uint> Port { get; internal init; } = new ValueList<uint>([]);

    /// <summary>
    /// Gets the grant references of its shared rings, in the order of their nodes. The first console has a frame instead.
    /// </summary>
    public IReadOnlyList<ulong> RingReference { get; internal init; } = new ValueList<ulong>([]);

    /// <summary>Gets the host.</summary>
    public string HostName { get; internal init; } = "";

    /// <summary>Returns one line for people, safe to show.</summary>
    public override string ToString() =>
        $"{DisplayText.Domain(DomId, DomainName)} {DisplayText.Sanitize(Kind)} {DisplayText.Sanitize(Id)}";
}
