using System.Globalization;
using System.Numerics;
using XenShared.Layout;

namespace XenShared.Poking;

/// <summary>Represents a planned write: an interlocked change of bits in one field of guest memory, or a new wall clock.</summary>
internal sealed record PokeStep
{
    private const int MaximumAttempts = 10_000;

    public required PokeField Kind { get; init; }

    /// <summary>Gets Xen's name of the field.</summary>
    public required string Field { get; init; }

    public required ulong Frame { get; init; }

    public required int Offset { get; init; }

    public required int Width { get; init; }

    /// <summary>Gets the mask of the bits to change.</summary>
    public required ulong Bits { get; init; }

    /// <summary>Gets the new value of these bits, at their position in the field.</summary>
    public required ulong Value { get; init; }

    /// <summary>Gets the required present value of these bits; null for any value.</summary>
    public ulong? Expected { get; init; }

    /// <summary>Gets the value of the field at planning time, for the proposal.</summary>
    public required ulong Seen { get; init; }

    /// <summary>Gets the value of these bits before the write, at their position in the field; 0 until the step is executed.</summary>
    public ulong Before { get; init; }

    public uint? Port { get; init; }

    public int? Vcpu { get; init; }

    /// <summary>Gets a value indicating whether the step is precautionary. It is reported only if it changes a bit.</summary>
    public bool IsPrecaution { get; init; }

    /// <summary>Gets a value indicating whether the field lies outside the shared page.</summary>
    public bool IsLocated { get; init; }

    /// <summary>Gets the check of the field's present value, which runs immediately before the write; null for none.</summary>
    public Func<ulong, GuardViolation?>? Condition { get; init; }

    /// <summary>Gets the kind of write.</summary>
    public PokeAction Action => Kind == PokeField.WallClock ? PokeAction.VersionedWrite
        : Expected is not null || Condition is not null ? PokeAction.CompareAndSwap
        : Value == Bits ? PokeAction.SetBits
        : Value == 0 ? PokeAction.ClearBits
        : PokeAction.CompareAndSwap;

    /// <summary>Returns the step's bits of a field value, shifted to bit 0.</summary>
    public ulong Plain(ulong cell) => (cell & Bits) >> BitOperations.TrailingZeroCount(Bits);

    /// <summary>Describes the step: field, place, old and new value.</summary>
    public string Describe()
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"{Field} at frame 0x{Frame:x} + 0x{Offset:x}");
        return IsPrecaution && Plain(Seen) == Plain(Value)
            ? string.Create(CultureInfo.InvariantCulture, $"{place}: 0x{Plain(Value):x}, if it has changed by then")
            : string.Create(CultureInfo.InvariantCulture, $"{place}: 0x{Plain(Seen):x} -> 0x{Plain(Value):x}");
    }

    /// <summary>Executes the step.</summary>
    /// <param name="page">The mapped page.</param>
    /// <param name="refuse">Receives a violation of <see cref="Condition"/>, and throws unless the guard is overridden.</param>
    /// <param name="domId">The domain, for messages.</param>
    /// <returns>The value of the step's bits before the write, at their position in the field.</returns>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeLostRace"/>: the bits do not have the required value.</exception>
    public ulong Apply(Span<byte> page, Action<GuardViolation> refuse, ushort domId)
    {
        if (Action == PokeAction.SetBits) return AtomicField.SetBits(page, Offset, Width, Bits) & Bits;
        if (Action == PokeAction.ClearBits) return AtomicField.ClearBits(page, Offset, Width, Bits) & Bits;
        for (var attempt = 0; attempt < MaximumAttempts; attempt++)
        {
            var cell = AtomicField.Read(page, Offset, Width);
            if (Expected is { } expected && (cell & Bits) != expected) throw Lost(domId, cell, expected);
            if (Condition?.Invoke(cell) is { } objection) refuse(objection);
            if (AtomicField.CompareExchange(page, Offset, Width, cell, cell & ~Bits | Value) == cell) return cell & Bits;
        }
        throw Lost(domId, AtomicField.Read(page, Offset, Width), Expected ?? Seen & Bits);
    }

    private XenException Lost(ushort domId, ulong cell, ulong expected) =>
        new(
            XenErrorId.PokeLostRace,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Field} of domain {domId} is now 0x{Plain(cell):x} instead of 0x{Plain(expected):x}, so it was not written"),
            "read it again before you write")
        {
            DomId = domId,
            Port = Port,
        };
}
