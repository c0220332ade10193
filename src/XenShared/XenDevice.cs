namespace XenShared;

/// <summary>
/// Represents a paravirtual device of a domain, as xenstore describes its frontend and its backend. The guest writes the frontend's values,
/// and the backend's domain writes the backend's, so either can be false.
/// </summary>
public sealed record XenDevice
{
    /// <summary>Gets the number of the frontend's domain.</summary>
    public ushort DomId { get; internal init; }

    /// <summary>Gets the name of the frontend's domain; null if it is not known.</summary>
    public string? DomainName { get; internal init; }

    /// <summary>Gets the kind of the device as in xenstore, such as <c>vif</c>, <c>vbd</c> or <c>console</c>.</summary>
    public string Kind { get; internal init; } = "";

    /// <summary>Gets the number of the device among those of its kind, as in xenstore, such as <c>51712</c> (the disk xvda).</summary>
    public string Id { get; internal init; } = "";

    /// <summary>Gets the number of the backend's domain; null if it is not known.</summary>
    public ushort? BackendDomId { get; internal init; }

    /// <summary>
    /// Gets the kind of the backend, which can differ from <see cref="Kind"/>: a <c>vbd</c> can have the backend <c>qdisk</c>. Null if it
    /// is not known.
    /// </summary>
    public string? BackendKind { get; internal init; }

    /// <summary>Gets the state of the frontend; null if it is not known, or if the frontend has none, as for the first console.</summary>
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
    /// Gets the grant references of the device's shared rings, sorted by the names of their xenstore nodes. For the first console, the
    /// value is a frame number instead.
    /// </summary>
    public IReadOnlyList<ulong> RingReference { get; internal init; } = new ValueList<ulong>([]);

    /// <summary>Gets the name of the host.</summary>
    public string HostName { get; internal init; } = "";

    /// <summary>Returns the domain, the kind and the number of the device, safe to display.</summary>
    public override string ToString() =>
        $"{DisplayText.Domain(DomId, DomainName)} {DisplayText.Sanitize(Kind)} {DisplayText.Sanitize(Id)}";
}
