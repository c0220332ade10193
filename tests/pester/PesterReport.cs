namespace XenShared.Pester;

/// <summary>Represents the output of <c>Invoke-Suite.ps1</c>.</summary>
/// <param name="NotRun">The reason why nothing ran; null if the suite ran.</param>
/// <param name="Tests">A result for each row of each <c>It</c>.</param>
/// <param name="Broken">The files that could not be read.</param>
public sealed record PesterReport(string? NotRun, IReadOnlyList<PesterResult>? Tests, IReadOnlyList<string>? Broken);
