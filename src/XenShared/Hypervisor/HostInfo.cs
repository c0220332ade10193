namespace XenShared.Hypervisor;

/// <summary>Represents the Xen host from which the data comes, even if it was read from a file.</summary>
/// <param name="HostName">The name; empty if the file does not contain it.</param>
/// <param name="Version">The version of the hypervisor; null if the file does not contain it.</param>
/// <param name="Architecture">The architecture, <c>x86_64</c> or <c>arm64</c>; null if the file does not contain it.</param>
public sealed record HostInfo(string HostName, XenVersion? Version, string? Architecture);
