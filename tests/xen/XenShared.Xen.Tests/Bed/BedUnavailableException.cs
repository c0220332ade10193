namespace XenShared.Xen.Tests.Bed;

/// <summary>Reports that this machine cannot boot the test bed. Tests that need it are skipped, with the message as the reason.</summary>
internal sealed class BedUnavailableException(string message) : Exception(message);
