using System.Globalization;

namespace XenShared;

/// <summary>Represents a change of one property of an event channel between two samples.</summary>
public sealed record XenEventChannelChange
{
    /// <summary>Gets the time of the sample that shows the change. The change happened between this sample and the one before.</summary>
    public DateTimeOffset TakenAt { get; internal init; }

    /// <summary>Gets the number of the domain.</summary>
    public ushort DomId { get; internal init; }

    /// <summary>Gets the name of the domain; null if it is not known.</summary>
    public string? DomainName { get; internal init; }

    /// <summary>Gets the port.</summary>
    public uint Port { get; internal init; }

    /// <summary>
    /// Gets the name of the <see cref="XenEventChannel"/> property that changed: State, Vcpu, RemoteDomId, RemotePort, Pending or Masked.
    /// </summary>
    public string Property { get; internal init; } = null!;

    /// <summary>Gets the old value, with the type of the property.</summary>
    public object Before { get; internal init; } = null!;

    /// <summary>Gets the new value, with the type of the property.</summary>
    public object After { get; internal init; } = null!;

    /// <summary>
    /// Gets the device that uses the port according to xenstore, such as <c>console</c>; null if xenstore does not name the port.
    /// </summary>
    public string? Device { get; internal init; }

    /// <summary>Gets the name of the host.</summary>
    public string HostName { get; internal init; } = "";

    /// <summary>Returns a one-line description, safe to display.</summary>
    public override string ToString() =>
        DisplayText.Sanitize(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{DisplayText.Domain(DomId, DomainName)} port {Port}: {Property} {Before} -> {After}"));
}
