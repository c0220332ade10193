namespace XenShared.Targets;

/// <summary>Changes a frame of a guest's memory while it is mapped to be written.</summary>
/// <param name="page">4,096 bytes that the guest goes on writing; gone when this returns.</param>
public delegate void FrameWriter(Span<byte> page);
