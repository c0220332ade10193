namespace XenShared.Layout;

/// <summary>The values of one <c>vcpu_time_info</c> as they stand in memory.</summary>
public readonly record struct VcpuTimeContent(
    uint Version,
    ulong TscTimestamp,
    ulong SystemTime,
    uint TscToSystemMul,
    sbyte TscShift,
    byte Flags);
