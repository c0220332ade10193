namespace XenShared.Poking;

/// <summary>Represents a violation of a guard by a poke.</summary>
/// <param name="Guard">Which guard.</param>
/// <param name="Reason">What could go wrong, as the second part of a sentence.</param>
/// <param name="Recommendation">What to do instead, as the last part.</param>
/// <param name="CanForce">Whether force overrides it; not where other memory would be written, or where the value to write is not
/// known.</param>
public sealed record GuardViolation(PokeGuard Guard, string Reason, string Recommendation, bool CanForce = true);
