using System.Globalization;

namespace XenShared.Poking;

/// <summary>Represents the changes that need confirmation.</summary>
/// <param name="DomId">The domain.</param>
/// <param name="DomainName">Its name; null when unknown.</param>
/// <param name="Changes">The changes, in the order of writing.</param>
public sealed record PokeProposal(ushort DomId, string? DomainName, IReadOnlyList<string> Changes)
{
    /// <summary>Gets the changes as records, as the audit log contains them before the writes.</summary>
    public IReadOnlyList<XenPoke> Intents { get; init; } = [];

    /// <summary>Gets the domain for messages.</summary>
    public string Subject => DomainName is null ? $"domain {Number(DomId)}" : $"domain {Number(DomId)} ({DomainName})";

    /// <summary>Gets all changes in one line.</summary>
    public string Text => string.Join("; ", Changes);

    private static string Number(ushort number) => number.ToString(CultureInfo.InvariantCulture);
}
