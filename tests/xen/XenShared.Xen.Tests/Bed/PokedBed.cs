namespace XenShared.Xen.Tests.Bed;

/// <summary>
/// A second host with the six quick guests, for tests that write to them. It runs beside the first one, so the suite takes half the time
/// on two processors, and what a test writes disturbs no test that reads.
/// </summary>
public sealed class PokedBed() : QuickBed("poked");
