namespace XenShared.Xen.Tests.Bed;

/// <summary>Reports that the booted host stopped responding. This is not a result of the test.</summary>
internal sealed class BedLostException(string message) : Exception(message);
