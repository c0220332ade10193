namespace XenShared.Xen.Tests.Bed;

/// <summary>The booted host ended before its dom0 answered.</summary>
internal sealed class RigEndedException(string message) : Exception(message);
