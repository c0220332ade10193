using System.Globalization;

namespace XenShared;

/// <summary>
/// Represents an entry of a PV guest's P2M table, which maps a frame number of the guest (PFN) to a machine frame number (MFN).
/// </summary>
public sealed record XenP2mEntry
{
    /// <summary>Gets the number of the domain.</summary>
    public ushort DomId { get; internal init; }

    /// <summary>Gets the name of the domain; null if it is not known.</summary>
    public string? DomainName { get; internal init; }

    /// <summary>Gets the frame number of the guest, which is also the index of the entry in the table.</summary>
    public ulong Pfn { get; internal init; }

    /// <summary>Gets the machine frame number; null if the entry has none.</summary>
    public ulong? Mfn { get; internal init; }

    /// <summary>Gets the kind of the entry.</summary>
    public P2mState State { get; internal init; }

    /// <summary>Gets the name of the host.</summary>
    public string HostName { get; internal init; } = "";

    /// <summary>Returns a one-line description, safe to display.</summary>
    public override string ToString()
    {
        var frame = Mfn is { } mfn ? string.Create(CultureInfo.InvariantCulture, $"MFN 0x{mfn:x}") : State.ToString();
        return string.Create(CultureInfo.InvariantCulture, $"{DisplayText.Domain(DomId, DomainName)} PFN 0x{Pfn:x} -> {frame}");
    }
}
