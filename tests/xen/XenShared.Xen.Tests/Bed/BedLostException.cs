namespace XenShared.Xen.Tests.Bed;

/// <summary>The booted host stopped answering: what was asked of it has no answer, which says nothing about what is tested.</summary>
internal sealed class BedLostException(string message) : Exception(message);
