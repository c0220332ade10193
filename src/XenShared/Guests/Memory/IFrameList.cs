namespace XenShared.Guests.Memory;

/// <summary>The frames that a guest's memory consists of.</summary>
public interface IFrameList
{
    /// <summary>Frame numbers from 0 to this, less one, are looked at; most of them may be holes.</summary>
    ulong Count { get; }

    /// <summary>Lists the frames in ascending order of their numbers, a batch at a time, each small enough to be mapped at once.</summary>
    IEnumerable<FrameBatch> Read();
}
