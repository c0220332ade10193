namespace XenShared.Hypervisor;

/// <summary>Holds the devices of a domain.</summary>
/// <param name="Devices">The devices, in the order of their kinds and numbers.</param>
/// <param name="IsComplete">Whether these are all devices and all their nodes; false if a limit, such as
/// <see cref="DeviceInfo.MaximumDevices"/>, was reached.</param>
public sealed record DeviceTable(IReadOnlyList<DeviceInfo> Devices, bool IsComplete = true);
