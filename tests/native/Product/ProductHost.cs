using System.Buffers.Binary;
using XenShared.Layout;
using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Product;

/// <summary>
/// Represents the standard host with everything that makes each native call happen: memory to search, an event array in it, and a reply to
/// the debug key. All domains are paused, so that no command waits for one to run.
/// </summary>
internal static class ProductHost
{
    /// <summary>The number of the domain that the commands write to.</summary>
    public const ushort Poked = StandardHost.Pv32;

    /// <summary>The frame of the event array of the PVH guest.</summary>
    public const ulong ArrayFrame = 0x200;

    // The output of Xen, line by line.
    private const string Dump =
        "console (XEN) 'e' pressed -> dumping event-channel info;console (XEN) Event channel information for domain 1:;"
        + "console (XEN) Polling vCPUs: {};console (XEN)     port [p/m/s];console (XEN)        3 [1/0/1]: s=5 n=0 x=0 v=0";

    public static FakeHost Create() =>
        StandardHost
            .Create()
            .Line($"console (XEN) from before")
            .Line($"when debug_key 0 {Dump}")
            .Line($"domain {StandardHost.Pv}")
            .Line($"flags paused")
            .Line($"domain {StandardHost.Hvm}")
            .Line($"flags hvm hap paused")
            .Line($"domain {StandardHost.Control}")
            .Line($"flags paused")
            .Line($"port 30 interdomain {Poked} 1")
            .Line($"domain {StandardHost.Pvh}")
            .Line($"flags hvm hap paused")
            .Line($"memory 0x100 16 -")
            .Memory(ArrayFrame, Array());

    /// <summary>Gives new identities to the guests that are searched, so that locations of other runs are not used.</summary>
    public static void MakeNew(FakeXen xen)
    {
        ArgumentNullException.ThrowIfNull(xen);
        foreach (var domId in new[] { StandardHost.Pv, StandardHost.Pvh }) xen.Apply($"domain {domId};uuid {Guid.NewGuid():N}");
    }

    /// <summary>Masks port 1 of the domain that the commands write to, and makes it pending, as a repair requires.</summary>
    public static void MakeStuck(FakeXen xen)
    {
        ArgumentNullException.ThrowIfNull(xen);
        xen.Page(Poked)[SharedInfoLayout.X86_32.MaskOffset] |= 2;
        xen.Page(Poked)[SharedInfoLayout.X86_32.PendingOffset] |= 2;
    }

    // Like a kernel: every port is masked except the bound ones.
    private static byte[] Array()
    {
        var page = new byte[SharedInfoLayout.PageSize];
        for (var port = 0; port < EventWord.PerPage; port++)
            BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(port * sizeof(uint)), port is 1 or 2 or 3 ? 0u : 1u << 30);
        return page;
    }
}
