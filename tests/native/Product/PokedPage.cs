using System.Buffers.Binary;
using System.Numerics;
using XenShared.Native.Tests.Fake;
using XenShared.Poking;

namespace XenShared.Native.Tests.Product;

/// <summary>Represents the page that a command writes to, before and after the command.</summary>
internal sealed class PokedPage(FakeXen xen)
{
    private const int Pending = 2048;
    private const int WallClock = 2304, WallClockBytes = 12, WallClockHigh = 2340;

    private readonly byte[] _before = xen.Page(ProductHost.Poked).ToArray();

    private byte[] _after = [];

    /// <summary>Keeps the page after an undisturbed run.</summary>
    public void End(CommandRun run)
    {
        _after = xen.Page(ProductHost.Poked).ToArray();
        AssertTold(run, _after);
    }

    /// <summary>Checks that every write was reported, and that a sequence that failed was finished or undone.</summary>
    public void AssertReportedAndComplete(CommandRun run, PokedPage expected)
    {
        var now = xen.Page(ProductHost.Poked).ToArray();
        AssertTold(run, now);
        if (now.SequenceEqual(_before) || now.SequenceEqual(expected._after))
            return;
        Assert.Fail(
            $"the sequence is torn: {Differences(_before, now)} was written, and the whole of it is {Differences(_before, expected._after)}"
        );
    }

    private void AssertTold(CommandRun run, byte[] now)
    {
        var page = (byte[])_before.Clone();
        foreach (var line in run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] == '{'))
        {
            if (PokeLine.Read(line) is { DomId: ProductHost.Poked } poke) Replay(poke, page, now);
        }
        Assert.True(
            page.SequenceEqual(now),
            $"what was told is {Differences(_before, page)}, and what was written {Differences(_before, now)}");
    }

    private static void Replay(XenPoke poke, byte[] page, byte[] now)
    {
        if (poke.Action == PokeAction.Send) page[Pending + (int)poke.Port! / 8] |= (byte)(1 << (int)(poke.Port % 8));
        else if (poke.Kind == PokeField.WallClock)
        {
            now.AsSpan(WallClock, WallClockBytes).CopyTo(page.AsSpan(WallClock));
            now.AsSpan(WallClockHigh, 4).CopyTo(page.AsSpan(WallClockHigh));
        }
        else
        {
            var bytes = new byte[8];
            page.AsSpan(poke.Offset!.Value, poke.Width!.Value).CopyTo(bytes);
            var cell =
                BinaryPrimitives.ReadUInt64LittleEndian(bytes) & ~poke.Bits!.Value
                | poke.After!.Value << BitOperations.TrailingZeroCount(poke.Bits.Value);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, cell);
            bytes.AsSpan(0, poke.Width.Value).CopyTo(page.AsSpan(poke.Offset.Value));
        }
    }

    private static string Differences(byte[] before, byte[] after)
    {
        var bytes = Enumerable
            .Range(0, before.Length)
            .Where(at => before[at] != after[at])
            .Select(at => $"0x{at:x}: {before[at]:x2} -> {after[at]:x2}")
            .ToArray();
        return bytes.Length == 0 ? "nothing" : string.Join(", ", bytes);
    }
}
