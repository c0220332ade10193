using XenShared.Files;
using XenShared.Guests;
using XenShared.Guests.Deduction;
using XenShared.Guests.Locating;

namespace XenShared.Tests.Support;

/// <summary>Creates guests whose memory has been searched.</summary>
internal static class Inspected
{
    /// <summary>Gets options for a search for event arrays, whose results are cached in this object only.</summary>
    public static LocatorOptions ForArrays => new() { EventArrays = true, Remembered = new GuestLocationCache(null) };

    /// <summary>Gets options for a search for records, with a timeout that is sufficient for the samples of a changing record.</summary>
    public static LocatorOptions ForRecords =>
        new()
        {
            VcpuRecords = true,
            Remembered = new GuestLocationCache(null),
            Timeout = TimeSpan.FromSeconds(20),
        };

    public static GuestInspection Inspect(FakeMemory memory, LocatorOptions options, CancellationToken cancellation = default) =>
        Assert.Single(new GuestInspector(memory) { Locate = options }.Inspect(memory.ReadDomains(), TimeSpan.Zero, cancellation));
}
