using System.Globalization;

namespace XenShared;

/// <summary>One change that was made to a guest: what, where, when, and what stood there before.</summary>
public sealed record XenPoke
{
    /// <summary>Names this poke in audit logs.</summary>
    public Guid Id { get; init; } = Guid.NewGuid();

    /// <summary>Gets the domain.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets its UUID: the number is given out again when the domain is gone.</summary>
    public Guid DomainUuid { get; init; }

    /// <summary>Gets its name; null when unknown.</summary>
    public string? DomainName { get; init; }

    /// <summary>
    /// Gets when it was started, as xenstore has it; null when unknown. A domain that is started again can have the same number and UUID.
    /// </summary>
    public string? DomainStartTime { get; init; }

    /// <summary>Gets what was changed.</summary>
    public required PokeField Kind { get; init; }

    /// <summary>Gets the same by Xen's own name, such as <c>evtchn_mask[port 7]</c>.</summary>
    public required string Field { get; init; }

    /// <summary>Gets the port, where it was about one.</summary>
    public uint? Port { get; init; }

    /// <summary>Gets the vCPU, where it was about one.</summary>
    public int? Vcpu { get; init; }

    /// <summary>Gets how it was done.</summary>
    public required PokeAction Action { get; init; }

    /// <summary>Gets the frame that was written; null when nothing was.</summary>
    public ulong? Frame { get; init; }

    /// <summary>Bytes from the frame's start; null when nothing was written.</summary>
    public int? Offset { get; init; }

    /// <summary>Bytes of the cell; null when nothing was written.</summary>
    public int? Width { get; init; }

    /// <summary>Gets the bits of the cell that were to change; null when nothing was written.</summary>
    public ulong? Bits { get; init; }

    /// <summary>Gets the value of those bits before; null when there is none.</summary>
    public ulong? Before { get; init; }

    /// <summary>Gets their value after; null when there is none.</summary>
    public ulong? After { get; init; }

    /// <summary>Gets a value indicating whether the value is another one now.</summary>
    public bool Changed => Before != After;

    /// <summary>
    /// Gets what became of it. The audit log has a line with <see cref="PokeOutcome.Intended"/> before anything is written:
    /// <see cref="Before"/> is then what was seen, and <see cref="After"/> what is to be written. A line with the same <see cref="Id"/> and
    /// another outcome follows.
    /// </summary>
    public PokeOutcome Outcome { get; init; }

    /// <summary>Gets when.</summary>
    public DateTimeOffset PokedAt { get; init; } = DateTimeOffset.UtcNow;

    /// <summary>Guards that had objected and were overridden.</summary>
    public IReadOnlyList<string> Forced { get; init; } = [];

    /// <summary>Gets the poke that this one took back; null when it took back none.</summary>
    public Guid? Undoes { get; init; }

    /// <summary>Gets what to know about it; null when there is nothing.</summary>
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
