using System.Globalization;

namespace XenShared.Poking;

/// <summary>Represents the changes that need confirmation.</summary>
/// <param name="DomId">The domain.</param>
/// <param name="DomainName">Its name; null when unknown.</param>
/// <param name="Changes">Each change, in the order in which they are made.</param>
public sealed record PokeProposal(ushort DomId, string? DomainName, IReadOnlyList<string> Changes)
{
    /// <summary>Gets the same changes as records: what the audit log has of them before they are made.</summary>
    public IReadOnlyList<XenPoke> Intents { get; init; } = [];

    /// <summary>Gets the domain, as messages name it.</summary>
    public string Subject => DomainName is null ? $"domain {Number(DomId)}" : $"domain {Number(DomId)} ({DomainName})";

    /// <summary>Gets all changes in one line.</summary>
    public string Text => string.Join("; ", Changes);

    private static string Number(ushort number) => number.ToString(CultureInfo.InvariantCulture);
}
