using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace XenShared.Targets;

/// <summary>
/// Represents a message of <c>xenshared --wire</c> to the program at the other end of an SSH connection, as a line of JSON. During a
/// capture it is on standard error, during a write on standard output.
/// </summary>
public sealed record WireMessage
{
    /// <summary>The first message: the version of the wire protocol at the remote end.</summary>
    public const string Hello = "hello";

    /// <summary>A warning.</summary>
    public const string Warning = "warning";

    /// <summary>An error; in an exchange it is the last message.</summary>
    public const string Error = "error";

    /// <summary>The progress of a search.</summary>
    public const string Progress = "progress";

    /// <summary>The proposed changes. The sender waits for a line with "yes".</summary>
    public const string Proposal = "proposal";

    /// <summary>A change that was made.</summary>
    public const string Poked = "poke";

    /// <summary>The end of an exchange without an error.</summary>
    public const string End = "end";

    /// <summary>Gets the kind of the message.</summary>
    public required string Kind { get; init; }

    /// <summary>Gets the number of the wire protocol, in a hello.</summary>
    public long? Wire { get; init; }

    /// <summary>Gets the version of the remote program, in a hello.</summary>
    public string? Version { get; init; }

    /// <summary>Gets the id of an error.</summary>
    public XenErrorId? Id { get; init; }

    /// <summary>Gets the text of a warning or an error.</summary>
    public string? Message { get; init; }

    /// <summary>Gets the recommended action for an error.</summary>
    public string? Hint { get; init; }

    /// <summary>Gets the call that failed.</summary>
    public string? Operation { get; init; }

    /// <summary>Gets the errno of that call.</summary>
    public int? Errno { get; init; }

    /// <summary>Gets the number of the domain.</summary>
    public ushort? DomId { get; init; }

    /// <summary>Gets the domain's name.</summary>
    public string? DomainName { get; init; }

    /// <summary>Gets the port.</summary>
    public uint? Port { get; init; }

    /// <summary>Gets the changes of a proposal.</summary>
    public IReadOnlyList<string>? Changes { get; init; }

    /// <summary>Gets the fields, places and values of a proposal's changes.</summary>
    public IReadOnlyList<string>? Details { get; init; }

    /// <summary>Gets the changes of a proposal as records, for the audit log at this end.</summary>
    public IReadOnlyList<XenPoke>? Intents { get; init; }

    /// <summary>Gets the change that was made.</summary>
    public XenPoke? Poke { get; init; }

    /// <summary>Gets the number of searched frames.</summary>
    public ulong? Done { get; init; }

    /// <summary>Gets the number of all frames.</summary>
    public ulong? Total { get; init; }

    /// <summary>Gets the elapsed time of the search in seconds.</summary>
    public double? Seconds { get; init; }

    /// <summary>Creates the message of an error.</summary>
    public static WireMessage From(XenException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new WireMessage
        {
            Kind = Error,
            Id = error.Id,
            Message = error.Problem,
            Hint = error.Advice,
            Operation = error.Operation,
            Errno = error.Errno,
            DomId = error.DomId,
            Port = error.Port,
        };
    }

    /// <summary>Reads a line; false if it is not a message.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, [NotNullWhen(true)] out WireMessage? message)
    {
        message = null;
        if (line.IsEmpty || line[0] != '{') return false;
        try
        {
            var read = JsonSerializer.Deserialize(line, WireJson.Default.WireMessage);
            if (read?.Id is not { } id || Enum.IsDefined(id)) message = read;
            return message is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Creates the exception, with the name of the host; null if the message is not an error.</summary>
    internal XenException? ToException(string host) => Kind == Error && Id is { } id && Message is not null
        ? XenException.FromReport(id, $"{host}: {Message}", Hint, Operation, Errno, DomId, Port)
        : null;

    /// <summary>Returns the line as text.</summary>
    public override string ToString() => JsonSerializer.Serialize(this, WireJson.Default.WireMessage);
}
