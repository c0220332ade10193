namespace XenShared.Xen.Tests.Bed;

/// <summary>The booted host stopped responding. This is no result of the test.</summary>
internal sealed class BedLostException(string message) : Exception(message);
