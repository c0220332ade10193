namespace XenShared.Guests.Memory;

/// <summary>Represents the progress of a search through a guest's memory.</summary>
/// <param name="DomId">The guest.</param>
/// <param name="Name">Its name; null when unknown.</param>
/// <param name="Done">Frame numbers that have been looked at.</param>
/// <param name="Total">Frame numbers that there are.</param>
/// <param name="Elapsed">How long it took so far.</param>
public readonly record struct ScanProgress(ushort DomId, string? Name, ulong Done, ulong Total, TimeSpan Elapsed)
{
    /// <summary>Frame numbers a second; null before there is anything to measure.</summary>
    public double? Rate => Elapsed > TimeSpan.Zero && Done > 0 ? Done / Elapsed.TotalSeconds : null;

    /// <summary>Gets how long the rest takes at that rate; null when there is no rate yet.</summary>
    public TimeSpan? Remaining => Rate is { } rate ? TimeSpan.FromSeconds((Total - Math.Min(Done, Total)) / rate) : null;
}
