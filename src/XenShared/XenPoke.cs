using System.Globalization;

namespace XenShared;

/// <summary>Represents one write to a guest, with the value before it.</summary>
public sealed record XenPoke
{
    /// <summary>Gets the identifier of this poke in audit logs.</summary>
    public Guid Id { get; init; } = Guid.NewGuid();

    /// <summary>Gets the domain.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets the UUID of the domain. Xen reuses domain numbers.</summary>
    public Guid DomainUuid { get; init; }

    /// <summary>Gets its name; null when unknown.</summary>
    public string? DomainName { get; init; }

    /// <summary>
    /// Gets the start time of the domain from xenstore; null if unknown. A domain that is started again can have the same number and UUID.
    /// </summary>
    public string? DomainStartTime { get; init; }

    /// <summary>Gets the kind of field.</summary>
    public required PokeField Kind { get; init; }

    /// <summary>Gets Xen's name of the field, such as <c>evtchn_mask[port 7]</c>.</summary>
    public required string Field { get; init; }

    /// <summary>Gets the port; null if the field does not belong to a port.</summary>
    public uint? Port { get; init; }

    /// <summary>Gets the vCPU; null if the field does not belong to a vCPU.</summary>
    public int? Vcpu { get; init; }

    /// <summary>Gets the kind of write.</summary>
    public required PokeAction Action { get; init; }

    /// <summary>Gets the frame that was written; null if nothing was written.</summary>
    public ulong? Frame { get; init; }

    /// <summary>Gets the offset in the frame, in bytes; null if nothing was written.</summary>
    public int? Offset { get; init; }

    /// <summary>Gets the width of the field in bytes; null if nothing was written.</summary>
    public int? Width { get; init; }

    /// <summary>Gets the mask of the bits that the write may change; null if nothing was written.</summary>
    public ulong? Bits { get; init; }

    /// <summary>Gets the value of those bits before the write; null if there is none.</summary>
    public ulong? Before { get; init; }

    /// <summary>Gets the value of those bits after the write; null if there is none.</summary>
    public ulong? After { get; init; }

    /// <summary>Gets a value indicating whether the write changed the value.</summary>
    public bool Changed => Before != After;

    /// <summary>
    /// Gets the outcome. <see cref="Before"/> each write, the audit log gets a line with <see cref="PokeOutcome.Intended"/>, in which
    /// <see cref="Before"/> is the value that was read and <see cref="After"/> the value to write. A line with the same <see cref="Id"/>
    /// and the final outcome follows.
    /// </summary>
    public PokeOutcome Outcome { get; init; }

    /// <summary>Gets the time of the write.</summary>
    public DateTimeOffset PokedAt { get; init; } = TimeProvider.System.GetUtcNow();

    /// <summary>Gets the guards that would have refused the write and were overridden.</summary>
    public IReadOnlyList<string> Forced { get; init; } = [];

    /// <summary>Gets the id of the poke that this one undoes; null if it undoes none.</summary>
    public Guid? Undoes { get; init; }

    /// <summary>Gets a remark about the poke; null if there is none.</summary>
    public string? Note { get; init; }

    /// <summary>Gets the host.</summary>
    public string HostName { get; init; } = "";

    /// <summary>Returns one line for people, safe to show.</summary>
    public override string ToString()
    {
        var domain = DisplayText.Domain(DomId, DomainName);
        if (Action == PokeAction.Send) return string.Create(CultureInfo.InvariantCulture, $"Send an event to port {Port} of {domain}");
        return $"{Action} {DisplayText.Sanitize(Field)} of {domain}: {Hex(Before)} -> {Hex(After)}";
    }

    private static string Hex(ulong? value) => value is { } known ? string.Create(CultureInfo.InvariantCulture, $"0x{known:x}") : "?";
}
