using System.Runtime.InteropServices;
using XenShared.Layout;

namespace XenShared.Fuzz.Samples;

/// <summary>Represents a small invented guest: its shared page, and pages of memory, among them an event array and vCPU records.</summary>
public sealed class GuestSample
{
    /// <summary>The guest frame number of the event array.</summary>
    public const ulong ArrayPfn = 5;

    /// <summary>The guest frame number of vCPU 0's record. Each following record is <see cref="RecordDistance"/> pages higher.</summary>
    public const ulong RecordPfn = 9;

    /// <summary>The number of pages from one record to the next.</summary>
    public const ulong RecordDistance = 2;

    /// <summary>The offset of a record in its page.</summary>
    public const int RecordOffset = 0x3c0;

    /// <summary>Gets the shared page.</summary>
    public byte[] SharedInfo { get; } = new byte[SharedInfoLayout.PageSize];

    /// <summary>Gets the pages of memory by guest frame number.</summary>
    public SortedDictionary<ulong, byte[]> Pages { get; } = [];

    /// <summary>Gets the number of vCPUs.</summary>
    public int VcpuCount { get; private init; }

    /// <summary>Creates a guest with FIFO channels: port 3 is pending, and port 4 is masked and pending.</summary>
    public static GuestSample Fifo(int vcpus = 1)
    {
        var guest = new GuestSample { VcpuCount = vcpus };
        guest.AddClocks(vcpus);
        var words = MemoryMarshal.Cast<byte, uint>((guest.Pages[ArrayPfn] = new byte[SharedInfoLayout.PageSize]).AsSpan());
        words.Fill(EventWordBits.Masked);
        words[1] = words[2] = 0;
        words[3] = EventWordBits.Pending | EventWordBits.Linked;
        words[4] = EventWordBits.Pending | EventWordBits.Masked;
        return guest;
    }

    /// <summary>Creates a guest with two-level channels: ports 1 to 4 are in use, and port 3 is pending.</summary>
    public static GuestSample TwoLevel(SharedInfoLayout layout, int vcpus = 1)
    {
        ArgumentNullException.ThrowIfNull(layout);
        var guest = new GuestSample { VcpuCount = vcpus };
        guest.SharedInfo.AsSpan(layout.MaskOffset, layout.BitmapBytes).Fill(0xff);
        guest.SharedInfo[layout.MaskOffset] = 0xe1;
        guest.SharedInfo[layout.PendingOffset] = 0x08;
        guest.AddClocks(vcpus, layout);
        return guest;
    }

    /// <summary>Returns a record as Xen writes it.</summary>
    /// <param name="seconds">Its system time; the TSC runs at 2 GHz and began with it.</param>
    /// <param name="version">Its version.</param>
    public static byte[] Record(ulong seconds, uint version)
    {
        var record = new byte[SharedInfoLayout.X86_64.Vcpu.Size];
        // At 2 GHz a tick is half a nanosecond: all of the 32-bit fraction, shifted right by one.
        new VcpuInfoContent(
            0,
            0,
            ulong.MaxValue,
            0,
            new VcpuTimeContent(version, seconds * 2_000_000_000 + 1, seconds * 1_000_000_000, 0xffff_fff0, -1, 1)
        ).Encode(record, SharedInfoLayout.X86_64.Vcpu);
        return record;
    }

    private void AddClocks(int vcpus, SharedInfoLayout? layout = null)
    {
        new WallClockContent(2, 1_795_339_794, 5).Encode(SharedInfo, layout ?? SharedInfoLayout.X86_64);
        Record(5, 8).CopyTo(SharedInfo, 0);
        for (ulong pfn = 0; pfn < 16; pfn++) Pages[pfn] = new byte[SharedInfoLayout.PageSize];
        Pages[3].AsSpan().Fill((byte)'x');
        for (var vcpu = 0; vcpu < vcpus; vcpu++)
        {
            var pfn = RecordPfn + (ulong)vcpu * RecordDistance;
            Record(400, 100).CopyTo(Pages[pfn] = new byte[SharedInfoLayout.PageSize], RecordOffset);
        }
    }
}
