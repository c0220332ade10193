namespace XenShared.Queries;

/// <summary>A domain name that a user asked for.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="HasWildcards">Without wildcards, a name that nothing matches is an error.</param>
/// <param name="Matches">The front end's own matching, since PowerShell's wildcards are not the shell's.</param>
public sealed record NamePattern(string Text, bool HasWildcards, Predicate<string> Matches);
