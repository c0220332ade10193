namespace XenShared.Guests.Memory;

/// <summary>Lists the frames of a guest's memory.</summary>
public interface IFrameList
{
    /// <summary>Gets the number of frame numbers to check. Many of them can be holes, which have no memory.</summary>
    ulong Count { get; }

    /// <summary>Lists the frames in ascending order of their numbers, in batches that are small enough to be mapped at once.</summary>
    IEnumerable<FrameBatch> Read();
}
