using System.Buffers.Binary;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Tests.Layout;

/// <summary>
/// Copies a page while another thread writes it like Xen (<c>xen/include/xen/time.h</c>). Checks that no copy contains half of an update.
/// </summary>
public sealed class DomainSampleRaceTests
{
    // Three groups each.
    private const int Reads = 70_000;

    private const int Slot0Time = 32;
    private const int WallClock = 3072;
    private const int P2m = 3112;
    private const int Generation = 3128;

    [Fact]
    public void NoTornGroupIsEverSeen()
    {
        // Pinned and aligned, as a mapping is.
        var page = GC.AllocateArray<byte>(4096, pinned: true);
        WriteAll(page, 2);
        using var stop = new CancellationTokenSource();
        var writer = new Thread(() => KeepWriting(page, stop.Token)) { IsBackground = true };
        writer.Start();
        var clocks = new HashSet<uint>();
        var times = new HashSet<uint>();
        var generations = new HashSet<ulong>();
        try
        {
            for (var read = 0; read < Reads; read++)
            {
                var snapshot = DomainSample.Take(page, SharedInfoLayout.X86_64);
                var bytes = snapshot.Page.Span;
                if (!snapshot.Unstable.Contains("X86_64 wall clock")) clocks.Add(CheckWallClock(bytes));
                if (!snapshot.Unstable.Contains("vCPU 0 time")) times.Add(CheckTime(bytes));
                if (!snapshot.Unstable.Contains("X86_64 P2M")) generations.Add(CheckP2m(bytes));
            }
        }
        finally
        {
            stop.Cancel();
            writer.Join();
        }
        // Otherwise the writer did not run, or every copy failed, and nothing was tested.
        Assert.True(
            Math.Min(clocks.Count, Math.Min(times.Count, generations.Count)) > 10,
            "The page did not change often enough while it was read.");
    }

    private static void KeepWriting(byte[] page, CancellationToken stop)
    {
        for (uint version = 4; !stop.IsCancellationRequested; version += 2)
        {
            WriteAll(page, version);
            // Xen writes now and then; without a pause no reader could ever finish.
            Thread.SpinWait(300);
        }
    }

    private static void WriteAll(byte[] page, uint version)
    {
        Write32(page, Slot0Time, version - 1);
        Write64(page, Slot0Time + 8, version * 3ul << 20);
        Write64(page, Slot0Time + 16, version * 5ul << 20);
        Write32(page, Slot0Time + 24, version * 7);
        Write32(page, Slot0Time, version);

        Write32(page, WallClock, version - 1);
        Write32(page, WallClock + 4, version * 3);
        Write32(page, WallClock + 8, version * 5);
        Write32(page, WallClock + 12, version * 7);
        Write32(page, WallClock, version);

        Write64(page, Generation, version - 1);
        Write64(page, P2m, version * 3ul << 20);
        Write64(page, P2m + 8, version * 5ul << 20);
        Write64(page, Generation, version);
    }

    private static uint CheckTime(ReadOnlySpan<byte> page)
    {
        var version = Read32(page, Slot0Time);
        Assert.Equal(0u, version & 1);
        Assert.Equal(version * 3ul << 20, Read64(page, Slot0Time + 8));
        Assert.Equal(version * 5ul << 20, Read64(page, Slot0Time + 16));
        Assert.Equal(version * 7, Read32(page, Slot0Time + 24));
        return version;
    }

    private static uint CheckWallClock(ReadOnlySpan<byte> page)
    {
        var version = Read32(page, WallClock);
        Assert.Equal(0u, version & 1);
        Assert.Equal(version * 3, Read32(page, WallClock + 4));
        Assert.Equal(version * 5, Read32(page, WallClock + 8));
        Assert.Equal(version * 7, Read32(page, WallClock + 12));
        return version;
    }

    private static ulong CheckP2m(ReadOnlySpan<byte> page)
    {
        var generation = Read64(page, Generation);
        Assert.Equal(0ul, generation & 1);
        Assert.Equal((uint)generation * 3ul << 20, Read64(page, P2m));
        Assert.Equal((uint)generation * 5ul << 20, Read64(page, P2m + 8));
        return generation;
    }

    // A volatile write comes after all that was written before it, which is Xen's wmb().
    private static unsafe void Write32(byte[] page, int offset, uint value)
    {
        fixed (byte* at = &page[offset]) Volatile.Write(ref *(uint*)at, value);
    }

    private static unsafe void Write64(byte[] page, int offset, ulong value)
    {
        fixed (byte* at = &page[offset]) Volatile.Write(ref *(ulong*)at, value);
    }

    private static uint Read32(ReadOnlySpan<byte> page, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(page[offset..]);

    private static ulong Read64(ReadOnlySpan<byte> page, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(page[offset..]);
}
