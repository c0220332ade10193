namespace XenShared.Targets;

/// <summary>Shows a frame of a guest's memory while it is mapped.</summary>
/// <param name="index">Which of the frames that were asked for.</param>
/// <param name="page">4,096 bytes that the guest goes on writing; gone when this returns.</param>
public delegate void FrameVisitor(int index, ReadOnlySpan<byte> page);
