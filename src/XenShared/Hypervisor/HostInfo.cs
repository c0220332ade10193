namespace XenShared.Hypervisor;

/// <summary>The host that answers.</summary>
/// <param name="HostName">Its name; empty when the file does not carry it.</param>
/// <param name="Version">Its hypervisor; null when the file does not carry it.</param>
/// <param name="Architecture"><c>x86_64</c> or <c>arm64</c>; null when the file does not carry it.</param>
public sealed record HostInfo(string HostName, XenVersion? Version, string? Architecture);
