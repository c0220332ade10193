using System.Globalization;

namespace XenShared;

/// <summary>
/// Represents an error that a user can act on. It is created from a problem (what happened, to which object) and advice (what to do).
/// The message joins the two.
/// </summary>
public sealed class XenException : Exception
{
    /// <summary>
    /// The end of the advice if the user can override the guard that refused a write. Each front end replaces it with the name of its own
    /// option, by <see cref="NameForce"/>.
    /// </summary>
    internal const string ForceClause = ", or use force";

    // The maximum number of pokes in the error message. A sequence has fewer pokes, but a remote host can report any number.
    private const int MaximumPokes = 32;

    /// <summary>Creates an exception.</summary>
    /// <param name="id">The error id, which scripts match.</param>
    /// <param name="problem">What happened, and to which domain, port, host or file. A full stop at the end is optional.</param>
    /// <param name="advice">What to do, as a clause in lower case, such as "list the domains to see their numbers". The message appends it
    /// after a semicolon.</param>
    /// <param name="innerException">The exception that caused this one.</param>
    public XenException(XenErrorId id, string problem, string advice, Exception? innerException = null)
        : this(id, innerException, problem, advice)
    {
    }

    private XenException(XenErrorId id, Exception? innerException, string problem, string? advice)
        : base(message: null, innerException)
    {
        ArgumentNullException.ThrowIfNull(problem);
        Id = id;
        // Problem and advice can contain names that guests or other hosts chose, so they are made safe to display.
        Problem = $"{DisplayText.Sanitize(problem).TrimEnd('.')}.";
        Advice = string.IsNullOrWhiteSpace(advice) ? null : ToSentence(DisplayText.Sanitize(advice));
    }

    /// <summary>Gets the error id, which scripts match.</summary>
    public XenErrorId Id { get; }

    /// <summary>Gets the problem, as a sentence.</summary>
    public string Problem { get; }

    /// <summary>Gets the recommended action, as a sentence; null only if the file or host that reported the error gave no advice.</summary>
    public string? Advice { get; }

    /// <summary>Gets the domain that the error is about; null if it is not about one domain.</summary>
    public ushort? DomId { get; internal init; }

    /// <summary>Gets the domain name that was not found; null if the error is not about a name.</summary>
    public string? DomainName { get; internal init; }

    /// <summary>Gets the port that the error is about; null if it is not about one port.</summary>
    public uint? Port { get; internal init; }

    /// <summary>Gets the name of the C function that failed; null if the error is not from a C function.</summary>
    public string? Operation { get; internal init; }

    /// <summary>Gets the errno of the C function in <see cref="Operation"/>; null if it is not known.</summary>
    public int? Errno { get; internal init; }

    /// <summary>Gets the pokes of the same request that were made before the error, in order; empty if there were none.</summary>
    public IReadOnlyList<XenPoke> Pokes { get; internal set; } = [];

    /// <summary>
    /// Gets the problem, followed by the pokes that were made before it, for front ends that display the advice separately.
    /// </summary>
    public string Description =>
        Pokes.Count == 0
            ? Problem
            : $"{Problem.TrimEnd('.')}; what was done: "
                + $"{string.Join(", ", Pokes.Take(MaximumPokes).Select(Describe))}{(Pokes.Count > MaximumPokes ? " and more" : "")}.";

    /// <summary>Gets the description and the advice, as one sentence.</summary>
    public override string Message =>
        Advice is null ? Description : $"{Description.TrimEnd('.')}; {char.ToLowerInvariant(Advice[0])}{Advice[1..]}";

    /// <summary>Gets a value indicating whether every further request to the same target would fail too.</summary>
    public bool IsFatal => Id is XenErrorId.XenNotAvailable or XenErrorId.XenInterfaceMismatch or XenErrorId.XenLibraryNotFound
        or XenErrorId.HostUnreachable or XenErrorId.RemoteNotInstalled or XenErrorId.FileNotRecognised or XenErrorId.FileDamaged;

    /// <summary>
    /// Replaces the clause ", or use force" of a message or an advice with one that names the option or parameter of a front end.
    /// </summary>
    /// <param name="text">The message or the advice.</param>
    /// <param name="option">The option or parameter, such as <c>-Force</c>.</param>
    public static string NameForce(string text, string option)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Replace($"{ForceClause}.", $", or use {option}.", StringComparison.Ordinal);
    }

    /// <summary>Creates an error that a file or another host has reported.</summary>
    /// <param name="id">The error id.</param>
    /// <param name="problem">The problem. It can also be a whole message that ends with the advice, as in captures.</param>
    /// <param name="advice">The advice; null if there is none.</param>
    /// <param name="operation">The C function that failed; null if the error is not from a C function.</param>
    /// <param name="errno">The errno of the C function; null if it is not known.</param>
    /// <param name="domId">The domain that the error is about; null if it is not about one domain.</param>
    /// <param name="port">The port that the error is about; null if it is not about one port.</param>
    internal static XenException FromReport(
        XenErrorId id,
        string problem,
        string? advice,
        string? operation,
        int? errno,
        ushort? domId = null,
        uint? port = null)
    {
        var tail = $"; {advice}";
        var isWhole = problem.EndsWith(tail, StringComparison.OrdinalIgnoreCase);
        return new XenException(id, null, isWhole ? problem[..^tail.Length] : problem, advice)
        {
            DomId = domId,
            Port = port,
            Operation = operation,
            Errno = errno,
        };
    }

    /// <summary>
    /// Creates an error with the same id and advice, whose problem ends with a clause about the outcome of the earlier writes.
    /// </summary>
    internal XenException WithOutcome(string outcome) =>
        new(Id, this, $"{Problem.TrimEnd('.')}; {outcome}", Advice)
        {
            DomId = DomId,
            Port = Port,
            Operation = Operation,
            Errno = Errno,
        };

    private static string ToSentence(string advice) => $"{char.ToUpperInvariant(advice[0])}{advice[1..].TrimEnd('.')}.";

    private static string Describe(XenPoke poke) => poke.Action == PokeAction.Send ? $"{DisplayText.Sanitize(poke.Field)} sent"
        : string.Create(CultureInfo.InvariantCulture, $"{DisplayText.Sanitize(poke.Field)} 0x{poke.Before:x} -> 0x{poke.After:x}");
}
