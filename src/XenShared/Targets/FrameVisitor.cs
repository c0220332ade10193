namespace XenShared.Targets;

/// <summary>Visits a frame of guest memory while it is mapped.</summary>
/// <param name="index">The index of the frame in the request.</param>
/// <param name="page">The 4,096 bytes, which the guest continues to write. They are unmapped when this returns.</param>
public delegate void FrameVisitor(int index, ReadOnlySpan<byte> page);
