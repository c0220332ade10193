namespace XenShared.Queries;

/// <summary>A warning about one domain, or about the host.</summary>
/// <param name="DomId">The domain; null when it is about the host.</param>
/// <param name="Id">The error id that the matter would have as an error.</param>
/// <param name="Message">One sentence.</param>
public sealed record QueryWarning(ushort? DomId, XenErrorId Id, string Message);
