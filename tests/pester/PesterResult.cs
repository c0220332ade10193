namespace XenShared.Pester;

/// <summary>Represents the result of one row of one <c>It</c>.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Name">The name as it is written.</param>
/// <param name="Case">The name with its placeholders filled.</param>
/// <param name="Result"><c>Passed</c>, <c>Failed</c>, <c>Skipped</c>, ...</param>
/// <param name="Message">Pester's message about it.</param>
public sealed record PesterResult(string File, string Name, string Case, string Result, string Message);
