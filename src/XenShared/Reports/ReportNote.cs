namespace XenShared.Reports;

/// <summary>Something that a report does not show, and why.</summary>
/// <param name="DomId">The domain; null when it is about the host.</param>
/// <param name="Message">One sentence.</param>
public sealed record ReportNote(ushort? DomId, string Message);
