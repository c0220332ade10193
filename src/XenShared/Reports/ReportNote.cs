namespace XenShared.Reports;

/// <summary>Represents a note about data that is missing in a report.</summary>
/// <param name="DomId">The domain; null for the host.</param>
/// <param name="Message">One or more sentences.</param>
public sealed record ReportNote(ushort? DomId, string Message);
