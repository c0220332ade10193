namespace XenShared.Pester;

/// <summary>Represents the output of <c>Invoke-Suite.ps1</c>.</summary>
/// <param name="NotRun">Why nothing ran; null when it did.</param>
/// <param name="Tests">A result for each row of each <c>It</c>.</param>
/// <param name="Broken">Files that could not even be read.</param>
public sealed record PesterReport(string? NotRun, IReadOnlyList<PesterResult>? Tests, IReadOnlyList<string>? Broken);
