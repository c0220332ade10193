using System.Globalization;
using System.Numerics;
using XenShared.Layout;

namespace XenShared.Poking;

/// <summary>One interlocked operation that is to be made.</summary>
internal sealed record PokeStep
{
    private const int MaximumAttempts = 10_000;

    public required PokeField Kind { get; init; }

    /// <summary>Xen's name of the field.</summary>
    public required string Field { get; init; }

    public required ulong Frame { get; init; }

    public required int Offset { get; init; }

    public required int Width { get; init; }

    /// <summary>Gets the bits of the cell that are to change.</summary>
    public required ulong Bits { get; init; }

    /// <summary>Gets what they are to be, at their place in the cell.</summary>
    public required ulong Value { get; init; }

    /// <summary>Gets what they must be now; null for anything.</summary>
    public ulong? Expected { get; init; }

    /// <summary>Gets what the cell was when this was planned, for the proposal.</summary>
    public required ulong Seen { get; init; }

    /// <summary>Gets what its bits were before it was done.</summary>
    public ulong Before { get; init; }

    public uint? Port { get; init; }

    public int? Vcpu { get; init; }

    /// <summary>Gets a value indicating whether it is done only to be sure: it is told of only where it changes something.</summary>
    public bool IsPrecaution { get; init; }

    /// <summary>Gets a value indicating whether the cell lies outside the shared page.</summary>
    public bool IsLocated { get; init; }

    /// <summary>Gets what speaks against it at the very moment of the write, by the cell's value; null when nothing can.</summary>
    public Func<ulong, GuardViolation?>? Condition { get; init; }

    /// <summary>Gets how it is done.</summary>
    public PokeAction Action => Kind == PokeField.WallClock ? PokeAction.VersionedWrite
        : Expected is not null || Condition is not null ? PokeAction.CompareAndSwap
        : Value == Bits ? PokeAction.SetBits
        : Value == 0 ? PokeAction.ClearBits
        : PokeAction.CompareAndSwap;

    /// <summary>Returns the value of the bits, moved down to bit 0.</summary>
    public ulong Plain(ulong cell) => (cell & Bits) >> BitOperations.TrailingZeroCount(Bits);

    /// <summary>Returns the step in words: field, place, old and new value.</summary>
    public string Describe()
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"{Field} at frame 0x{Frame:x} + 0x{Offset:x}");
        return IsPrecaution && Plain(Seen) == Plain(Value)
            ? string.Create(CultureInfo.InvariantCulture, $"{place}: 0x{Plain(Value):x}, should it be another by then")
            : string.Create(CultureInfo.InvariantCulture, $"{place}: 0x{Plain(Seen):x} -> 0x{Plain(Value):x}");
    }

    /// <summary>Does it.</summary>
    /// <param name="page">The mapped page.</param>
    /// <param name="refuse">Throws for an objection, unless it is overridden.</param>
    /// <param name="domId">The domain, for messages.</param>
    /// <returns>The bits before.</returns>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeLostRace"/>: they are not what they must be.</exception>
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
                $"{Field} of domain {domId} is 0x{Plain(cell):x} and not 0x{Plain(expected):x} any more, so it was left as it is"),
            "look at it again before you write")
        {
            DomId = domId,
            Port = Port,
        };
}
