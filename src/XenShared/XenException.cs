using System.Globalization;

namespace XenShared;

/// <summary>
/// Represents an error that a user can act on. Its message is one sentence: what happened, to which object, and what to do.
/// </summary>
public sealed class XenException : Exception
{
    // Limits the pokes that a remote host can report. A sequence has fewer.
    private const int MaximumPokes = 32;

    /// <summary>Creates an exception.</summary>
    public XenException(XenErrorId id, string message, Exception? innerException = null)
        : base(DisplayText.Sanitize(message), innerException) => Id = id;

    /// <summary>Gets the error id, which scripts match.</summary>
    public XenErrorId Id { get; }

    /// <summary>Gets the domain that the error is about.</summary>
    public ushort? DomId { get; init; }

    /// <summary>Gets the port that the error is about.</summary>
    public uint? Port { get; init; }

    /// <summary>Gets the C name of the call that failed; null if the error is not from a call.</summary>
    public string? Operation { get; init; }

    /// <summary>Gets the errno of that call; null if the error is not from a call.</summary>
    public int? Errno { get; init; }

    /// <summary>Gets the recommended action, for front ends that display it separately. It is also a part of the message.</summary>
    public string? Hint
    {
        get;
        // Like the message, the hint can contain names that guests or other hosts chose.
        init => field = value is null ? null : DisplayText.Sanitize(value);
    }

    /// <summary>Gets the pokes that were made before the error, in order; empty if there were none.</summary>
    public IReadOnlyList<XenPoke> Pokes { get; internal set; } = [];

    /// <summary>Gets the message, followed by the pokes that were made before the error.</summary>
    public override string Message =>
        Pokes.Count == 0
            ? Problem
            : $"{Problem.TrimEnd('.')}; what was done: "
                + $"{string.Join(", ", Pokes.Take(MaximumPokes).Select(Describe))}{(Pokes.Count > MaximumPokes ? " and more" : "")}.";

    /// <summary>Gets the message without those pokes.</summary>
    internal string Problem => base.Message;

    /// <summary>Creates the same error with a last clause about the outcome of the earlier writes.</summary>
    internal XenException WithOutcome(string outcome) =>
        new(Id, $"{Problem.TrimEnd('.')}; {outcome}.", this)
        {
            DomId = DomId,
            Port = Port,
            Operation = Operation,
            Errno = Errno,
            Hint = Hint,
        };

    /// <summary>Gets a value indicating whether every further request to the same target would fail too.</summary>
    public bool IsFatal => Id is XenErrorId.XenNotAvailable or XenErrorId.XenInterfaceMismatch or XenErrorId.XenLibraryNotFound
        or XenErrorId.HostUnreachable or XenErrorId.RemoteNotInstalled or XenErrorId.FileNotRecognised or XenErrorId.FileDamaged;

    private static string Describe(XenPoke poke) => poke.Action == PokeAction.Send ? $"{DisplayText.Sanitize(poke.Field)} sent"
        : string.Create(CultureInfo.InvariantCulture, $"{DisplayText.Sanitize(poke.Field)} 0x{poke.Before:x} -> 0x{poke.After:x}");
}
