using System.Globalization;

namespace XenShared;

/// <summary>
/// Everything that goes wrong for a reason that a user can act on. The message is one sentence that says what happened, to what, and what
/// to do.
/// </summary>
public sealed class XenException : Exception
{
    // A sequence has fewer; a far end can claim any number.
    private const int MaximumPokes = 32;

    /// <summary>Makes an exception.</summary>
    public XenException(XenErrorId id, string message, Exception? innerException = null)
        : base(DisplayText.Sanitize(message), innerException) => Id = id;

    /// <summary>Gets the name that runbooks match.</summary>
    public XenErrorId Id { get; }

    /// <summary>Gets the domain it happened to.</summary>
    public ushort? DomId { get; init; }

    /// <summary>Gets the port it happened to.</summary>
    public uint? Port { get; init; }

    /// <summary>Gets the call that failed, by its C name; null when no call did.</summary>
    public string? Operation { get; init; }

    /// <summary>Gets the call's errno; null when no call failed.</summary>
    public int? Errno { get; init; }

    /// <summary>Gets what to do about it, for a front end that shows it apart; the message says it too.</summary>
    public string? Hint
    {
        get;
        // Names from elsewhere are part of it, as they are of the message.
        init => field = value is null ? null : DisplayText.Sanitize(value);
    }

    /// <summary>Gets what had been done to the guest when it happened, in that order; empty when nothing had.</summary>
    public IReadOnlyList<XenPoke> Pokes { get; internal set; } = [];

    /// <summary>Gets what happened and, where the guest had been written to before, what was done.</summary>
    public override string Message =>
        Pokes.Count == 0
            ? Problem
            : $"{Problem.TrimEnd('.')}; what was done: "
                + $"{string.Join(", ", Pokes.Take(MaximumPokes).Select(Describe))}{(Pokes.Count > MaximumPokes ? " and more" : "")}.";

    /// <summary>Gets what happened, alone.</summary>
    internal string Problem => base.Message;

    /// <summary>Makes the same error with what became of the writes before it, as the last part of its sentence.</summary>
    internal XenException WithOutcome(string outcome) =>
        new(Id, $"{Problem.TrimEnd('.')}; {outcome}.", this)
        {
            DomId = DomId,
            Port = Port,
            Operation = Operation,
            Errno = Errno,
            Hint = Hint,
        };

    /// <summary>Gets a value indicating whether nothing more can be asked of the same target.</summary>
    public bool IsFatal => Id is XenErrorId.XenNotAvailable or XenErrorId.XenInterfaceMismatch or XenErrorId.XenLibraryNotFound
        or XenErrorId.HostUnreachable or XenErrorId.RemoteNotInstalled or XenErrorId.FileNotRecognised or XenErrorId.FileDamaged;

    private static string Describe(XenPoke poke) => poke.Action == PokeAction.Send ? $"{DisplayText.Sanitize(poke.Field)} sent"
        : string.Create(CultureInfo.InvariantCulture, $"{DisplayText.Sanitize(poke.Field)} 0x{poke.Before:x} -> 0x{poke.After:x}");
}
