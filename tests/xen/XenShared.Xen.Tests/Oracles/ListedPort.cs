namespace XenShared.Xen.Tests.Oracles;

/// <summary>A line of <c>lsevtchn</c>.</summary>
internal sealed record ListedPort(
    uint Port,
    ChannelState State,
    int Vcpu,
    ushort? RemoteDomId = null,
    uint? RemotePort = null,
    uint? Irq = null);
