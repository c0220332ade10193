namespace XenShared.Targets.Simulated;

/// <summary>Represents the health of a simulated guest, as its console would show it.</summary>
/// <param name="IsWedged">Whether the guest hangs: it will never handle an event that was sent, or a clock that it waits for never becomes
/// readable.</param>
/// <param name="IsCorrupted">Whether something impossible for its kernel has happened.</param>
/// <param name="Reason">The reason; null if the guest is healthy.</param>
public readonly record struct SimulatedHealth(bool IsWedged, bool IsCorrupted, string? Reason)
{
    /// <summary>Gets a value indicating whether the guest is healthy.</summary>
    public bool IsWell => !IsWedged && !IsCorrupted;
}
