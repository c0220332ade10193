namespace XenShared.Targets.Simulated;

/// <summary>Specifies the health of a simulated guest, as its console would show it.</summary>
/// <param name="IsWedged">An event was sent to it that it will never hear of, or a clock that it waits for never comes.</param>
/// <param name="IsCorrupted">Something happened to it that its kernel rules out.</param>
/// <param name="Reason">What; null when it is well.</param>
public readonly record struct SimulatedHealth(bool IsWedged, bool IsCorrupted, string? Reason)
{
    /// <summary>Gets a value indicating whether it is well.</summary>
    public bool IsWell => !IsWedged && !IsCorrupted;
}
