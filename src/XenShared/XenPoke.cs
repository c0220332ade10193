using System.Globalization;
using System.Text.Json.Serialization;

namespace XenShared;

/// <summary>Represents one change of a guest: a write, with the value before it, or an event that was sent.</summary>
public sealed record XenPoke
{
    /// <summary>Gets the identifier of this poke in audit logs.</summary>
    [JsonInclude]
    public Guid Id { get; internal init; } = Guid.NewGuid();

    /// <summary>Gets the number of the domain.</summary>
    [JsonInclude]
    [JsonRequired]
    public ushort DomId { get; internal init; }

    /// <summary>
    /// Gets the UUID of the domain, which identifies it even after Xen has reused its number; all zero if it is not known.
    /// </summary>
    [JsonInclude]
    public Guid DomainUuid { get; internal init; }

    /// <summary>Gets the name of the domain; null if it is not known.</summary>
    [JsonInclude]
    public string? DomainName { get; internal init; }

    /// <summary>
    /// Gets the start time of the domain from xenstore, which identifies a domain that was started again with the same number and UUID.
    /// Null if it is not known.
    /// </summary>
    [JsonInclude]
    public string? DomainStartTime { get; internal init; }

    /// <summary>Gets the kind of the field that was written.</summary>
    [JsonInclude]
    [JsonRequired]
    public PokeField Kind { get; internal init; }

    /// <summary>Gets Xen's name of the field, such as <c>evtchn_mask[port 7]</c>.</summary>
    [JsonInclude]
    [JsonRequired]
    public string Field { get; internal init; } = null!;

    /// <summary>Gets the port; null if the field does not belong to a port.</summary>
    [JsonInclude]
    public uint? Port { get; internal init; }

    /// <summary>Gets the number of the vCPU; null if the field does not belong to a vCPU.</summary>
    [JsonInclude]
    public int? Vcpu { get; internal init; }

    /// <summary>Gets how the guest was changed.</summary>
    [JsonInclude]
    [JsonRequired]
    public PokeAction Action { get; internal init; }

    /// <summary>Gets the frame that was written; null for an event, and if it is not known.</summary>
    [JsonInclude]
    public ulong? Frame { get; internal init; }

    /// <summary>Gets the offset of the field in the frame, in bytes; null for an event, and if it is not known.</summary>
    [JsonInclude]
    public int? Offset { get; internal init; }

    /// <summary>Gets the width of the field in bytes; null for an event, and if it is not known.</summary>
    [JsonInclude]
    public int? Width { get; internal init; }

    /// <summary>Gets a mask of the bits of the field that the write may change; null for an event, and if it is not known.</summary>
    [JsonInclude]
    public ulong? Bits { get; internal init; }

    /// <summary>Gets the value of the bits in <see cref="Bits"/> before the write; null for an event, and if it is not known.</summary>
    [JsonInclude]
    public ulong? Before { get; internal init; }

    /// <summary>Gets the value of the bits in <see cref="Bits"/> after the write; null for an event, and if it is not known.</summary>
    [JsonInclude]
    public ulong? After { get; internal init; }

    /// <summary>Gets a value indicating whether the write changed the value.</summary>
    public bool Changed => Before != After;

    /// <summary>
    /// Gets the outcome. Before each write, the audit log gets a line with <see cref="PokeOutcome.Intended"/>, in which
    /// <see cref="Before"/> is the value that was read and <see cref="After"/> is the value to write. A line with the same
    /// <see cref="Id"/> and the final outcome follows.
    /// </summary>
    [JsonInclude]
    public PokeOutcome Outcome { get; internal init; }

    /// <summary>Gets the time of the write.</summary>
    [JsonInclude]
    public DateTimeOffset PokedAt { get; internal init; } = TimeProvider.System.GetUtcNow();

    /// <summary>Gets the checks (guards) that refused the write and that the user overrode by force, each with its reason.</summary>
    [JsonInclude]
    public IReadOnlyList<string> Forced
    {
        get;
        // A line of an audit log can contain null instead of a list. The null is kept here, so that the reader of the line can refuse the
        // poke.
        internal init => field = value is null ? null! : new ValueList<string>(value);
    } = new ValueList<string>([]);

    /// <summary>Gets the id of the poke that this one undoes; null if it undoes none.</summary>
    [JsonInclude]
    public Guid? Undoes { get; internal init; }

    /// <summary>Gets a remark about the poke; null if there is none.</summary>
    [JsonInclude]
    public string? Note { get; internal init; }

    /// <summary>Gets the name of the host.</summary>
    [JsonInclude]
    public string HostName { get; internal init; } = "";

    /// <summary>Returns a one-line description, safe to display.</summary>
    public override string ToString()
    {
        var domain = DisplayText.Domain(DomId, DomainName);
        if (Action == PokeAction.Send) return string.Create(CultureInfo.InvariantCulture, $"Send an event to port {Port} of {domain}");
        return $"{Action} {DisplayText.Sanitize(Field)} of {domain}: {Hex(Before)} -> {Hex(After)}";
    }

    private static string Hex(ulong? value) => value is { } known ? string.Create(CultureInfo.InvariantCulture, $"0x{known:x}") : "?";
}
