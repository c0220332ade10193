using XenShared.Files;
using XenShared.Guests;
using XenShared.Guests.Deduction;
using XenShared.Guests.Locating;

namespace XenShared.Tests.Support;

/// <summary>A guest whose memory has been searched.</summary>
internal static class Inspected
{
    /// <summary>A search for event arrays that remembers in this object alone.</summary>
    public static LocatorOptions ForArrays => new() { EventArrays = true, Remembered = new GuestLocationCache(null) };

    /// <summary>A search for records, with patience for the looks that a moving record takes.</summary>
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
