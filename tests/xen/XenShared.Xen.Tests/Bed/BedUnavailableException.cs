namespace XenShared.Xen.Tests.Bed;

/// <summary>This machine cannot boot the test bed; tests that need it are skipped, with the message as the reason.</summary>
internal sealed class BedUnavailableException(string message) : Exception(message);
