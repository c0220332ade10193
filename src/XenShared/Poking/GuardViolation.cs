namespace XenShared.Poking;

/// <summary>Represents the reason why a guard, a check before a write, refuses a poke.</summary>
/// <param name="Guard">The guard that refuses the poke.</param>
/// <param name="Reason">The possible damage, as the part of the error message after the colon.</param>
/// <param name="Recommendation">The recommended action, as the part of the message after the semicolon.</param>
/// <param name="CanForce">Whether <see cref="PokeRequest.Force"/> overrides the guard. False mainly if the write could change other memory
/// than the field.</param>
public sealed record GuardViolation(PokeGuard Guard, string Reason, string Recommendation, bool CanForce = true);
