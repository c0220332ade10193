namespace XenShared.Poking;

/// <summary>What a guard has against a poke.</summary>
/// <param name="Guard">Which guard.</param>
/// <param name="Danger">What could go wrong, as the second part of a sentence.</param>
/// <param name="Advice">What to do instead, as the last part.</param>
/// <param name="IsFinal">Whether force does not help: memory that is not the field's would be written, or nobody can tell what to write.</param>
public sealed record GuardViolation(PokeGuard Guard, string Danger, string Advice, bool IsFinal = false);
