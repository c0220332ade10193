using System.Globalization;

namespace XenShared.Poking;

/// <summary>Represents the changes that need confirmation.</summary>
/// <param name="DomId">The domain.</param>
/// <param name="DomainName">Its name; null if unknown.</param>
/// <param name="Changes">The changes, in the order of writing.</param>
public sealed record PokeProposal(ushort DomId, string? DomainName, IReadOnlyList<string> Changes)
{
    /// <summary>Gets the records of the intended changes, which the audit log gets before the writes.</summary>
    public IReadOnlyList<XenPoke> Intents { get; init; } = [];

    /// <summary>
    /// Gets one line for each change with its field, its place and its values, for a reader who wants to check the bytes.
    /// </summary>
    public IReadOnlyList<string> Details { get; init; } = [];

    /// <summary>Gets the number and the name of the domain, for messages.</summary>
    public string Subject => DomainName is null ? $"domain {Number(DomId)}" : $"domain {Number(DomId)} ({DomainName})";

    /// <summary>Gets all changes and the domain in one line.</summary>
    public string Text => Changes is [var only] ? $"{only} of {Subject}" : $"{Subject}: {string.Join("; ", Changes)}";

    private static string Number(ushort number) => number.ToString(CultureInfo.InvariantCulture);
}
