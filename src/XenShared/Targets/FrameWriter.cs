namespace XenShared.Targets;

/// <summary>Changes a frame of guest memory while it is mapped for writing.</summary>
/// <param name="page">The 4,096 bytes, which the guest continues to write. They are unmapped when this returns.</param>
public delegate void FrameWriter(Span<byte> page);
