namespace XenShared.Xen.Tests.Bed;

/// <summary>
/// Provides a second host with the six quick guests, for tests that write to them. It runs at the same time as the first one, so the suite
/// takes half the time on two processors, and writes do not disturb tests that read.
/// </summary>
public sealed class PokedBed() : QuickBed("poked");
