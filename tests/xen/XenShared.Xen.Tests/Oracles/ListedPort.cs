namespace XenShared.Xen.Tests.Oracles;

/// <summary>Represents a line of <c>lsevtchn</c>.</summary>
internal sealed record ListedPort(
    uint Port,
    ChannelState State,
    int Vcpu,
    ushort? RemoteDomId = null,
    uint? RemotePort = null,
    uint? Irq = null);
