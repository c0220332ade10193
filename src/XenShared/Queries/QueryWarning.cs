namespace XenShared.Queries;

/// <summary>Represents a warning about a domain or about the host.</summary>
/// <param name="DomId">The domain; null for the host.</param>
/// <param name="Id">The error id that describes the problem. A warning has no ids of its own.</param>
/// <param name="Message">One or more sentences.</param>
public sealed record QueryWarning(ushort? DomId, XenErrorId Id, string Message);
