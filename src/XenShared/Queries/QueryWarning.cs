namespace XenShared.Queries;

/// <summary>Represents a warning about a domain or about the host.</summary>
/// <param name="DomId">The domain; null for the host.</param>
/// <param name="Id">The id that the warning would have as an error.</param>
/// <param name="Message">One sentence.</param>
public sealed record QueryWarning(ushort? DomId, XenErrorId Id, string Message);
