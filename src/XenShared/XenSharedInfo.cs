using System.Text.Json.Serialization;

namespace XenShared;

/// <summary>Represents a domain's decoded shared page (<c>struct shared_info</c>).</summary>
public sealed record XenSharedInfo
{
    /// <summary>Gets the number of the domain.</summary>
    public ushort DomId { get; internal init; }

    /// <summary>Gets the name of the domain; null if it is not known.</summary>
    public string? DomainName { get; internal init; }

    /// <summary>Gets the layout that the page was decoded with.</summary>
    public GuestLayout Layout { get; internal init; }

    /// <summary>Gets the evidence for the layout.</summary>
    public string LayoutEvidence { get; internal init; } = "";

    /// <summary>Gets the event ABI of the guest.</summary>
    public EventAbi EventAbi { get; internal init; }

    /// <summary>Gets the evidence for the event ABI, or the reason why it is not known.</summary>
    public string AbiEvidence { get; internal init; } = "";

    /// <summary>Gets the frame number of the page (an MFN for PV, a GFN otherwise); null if the file does not contain it.</summary>
    public ulong? Frame { get; internal init; }

    /// <summary>Gets the time when the page was copied; null if the file does not contain it.</summary>
    public DateTimeOffset? TakenAt { get; internal init; }

    /// <summary>Gets the wall clock; null if it was being written at each attempt to read it.</summary>
    public XenWallClock? WallClock { get; internal init; }

    /// <summary>Gets the domain's vCPUs.</summary>
    public IReadOnlyList<XenVcpuInfo> Vcpu { get; internal init; } = [];

    /// <summary>
    /// Gets the ports in use whose pending bit is set. Null unless the ports are known and the guest is known to use two-level channels.
    /// </summary>
    public IReadOnlyList<uint>? PendingPort { get; internal init; }

    /// <summary>
    /// Gets the ports in use whose mask bit is clear. Null unless the ports are known and the guest is known to use two-level channels.
    /// </summary>
    public IReadOnlyList<uint>? UnmaskedPort { get; internal init; }

    /// <summary>Gets the x86 part of the page; null on Arm.</summary>
    public XenArchInfo? Arch { get; internal init; }

    /// <summary>
    /// Gets the names of the parts of the page that are null because they were being written at each attempt to read them.
    /// </summary>
    public IReadOnlyList<string> Unstable { get; internal init; } = [];

    /// <summary>Gets the 4,096 bytes of the page; empty if the object comes from another PowerShell session without them.</summary>
    /// <remarks>
    /// This is not public, because ConvertTo-Json would print it as a line for each byte. The PowerShell module adds a hidden property with
    /// the bytes instead.
    /// </remarks>
    [JsonInclude]
    internal IReadOnlyList<byte> Bytes { get; init; } = [];

    /// <summary>Gets the name of the host.</summary>
    public string HostName { get; internal init; } = "";

    /// <summary>Returns the 4,096 bytes of the page; none if the object comes from another PowerShell session without them.</summary>
    public byte[] GetBytes() => [.. Bytes];

    /// <summary>Returns a one-line description, safe to display.</summary>
    public override string ToString() =>
        $"{DisplayText.Domain(DomId, DomainName)} shared_info";
}
