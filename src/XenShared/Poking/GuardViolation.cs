namespace XenShared.Poking;

/// <summary>Represents a violation of a guard by a poke.</summary>
/// <param name="Guard">The guard.</param>
/// <param name="Reason">The possible damage, as the second part of a sentence.</param>
/// <param name="Recommendation">The recommended action, as the last part.</param>
/// <param name="CanForce">Whether force overrides it. False if other memory would be written, or if the value to write is not
/// known.</param>
public sealed record GuardViolation(PokeGuard Guard, string Reason, string Recommendation, bool CanForce = true);
