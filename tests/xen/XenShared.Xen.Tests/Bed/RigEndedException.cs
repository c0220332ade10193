namespace XenShared.Xen.Tests.Bed;

/// <summary>Reports that the booted host ended before its dom0 responded.</summary>
internal sealed class RigEndedException(string message) : Exception(message);
