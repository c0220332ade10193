namespace XenShared.Guests.Memory;

/// <summary>Represents the progress of a search through a guest's memory.</summary>
/// <param name="DomId">The guest.</param>
/// <param name="Name">The name of the guest; null if unknown.</param>
/// <param name="Done">The number of frame numbers that have been checked, including those without memory.</param>
/// <param name="Total">The number of all frame numbers to check.</param>
/// <param name="Elapsed">The time since the search began.</param>
public readonly record struct ScanProgress(ushort DomId, string? Name, ulong Done, ulong Total, TimeSpan Elapsed)
{
    /// <summary>Gets the frames per second; null before it can be measured.</summary>
    public double? Rate => Elapsed > TimeSpan.Zero && Done > 0 ? Done / Elapsed.TotalSeconds : null;

    /// <summary>Gets the remaining time at that rate; null before it can be measured.</summary>
    public TimeSpan? Remaining => Rate is { } rate ? TimeSpan.FromSeconds((Total - Math.Min(Done, Total)) / rate) : null;
}
