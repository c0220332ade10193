using XenShared.Files.DebugKeys;

namespace XenShared.Targets;

/// <summary>A target that holds Xen's own view of event channels, as it was printed at some time.</summary>
public interface IRecordedChannels
{
    /// <summary>Gets that view; null when the target holds none.</summary>
    HypervisorChannels? Channels { get; }

    /// <summary>What is to be said of it as a whole; null when it is the last there is, and whole.</summary>
    string? Remark { get; }
}
