using XenShared.Layout;

namespace XenShared.Tests.Layout;

/// <summary>Tests interlocked operations on a page that another thread writes.</summary>
public sealed class AtomicFieldTests
{
    // So many operations in all, half of them by each thread.
    private const int RacingOperations = 100_000_000;

    [Theory]
    [InlineData(1, 0x5)]
    [InlineData(2, 0x1234)]
    [InlineData(4, 0x12345678)]
    [InlineData(8, 0x123456789abcdef0)]
    public void ACellIsWrittenAndItsNeighboursAreNot(int width, ulong value)
    {
        for (var offset = 0; offset <= 16 - width; offset += width)
        {
            var page = Enumerable.Repeat((byte)0xa5, 16).ToArray();
            var expected = page.ToArray();
            var before = AtomicField.Read(page, offset, width);
            LayoutField.Write(expected, offset, width, value);

            Assert.Equal(before, AtomicField.CompareExchange(page, offset, width, before, value));
            Assert.Equal(expected, page);
            Assert.Equal(value, AtomicField.Read(page, offset, width));
            Assert.Equal(value, AtomicField.CompareExchange(page, offset, width, before, 0));
            Assert.Equal(value, AtomicField.SetBits(page, offset, width, 0x82));
            Assert.Equal(value | 0x82, AtomicField.ClearBits(page, offset, width, 0x82));
            LayoutField.Write(expected, offset, width, value & ~0x82ul);
            Assert.Equal(expected, page);
        }
    }

    [Theory]
    [InlineData(-4, 4)]
    [InlineData(13, 4)]
    [InlineData(16, 1)]
    [InlineData(2, 4)]
    [InlineData(4, 8)]
    [InlineData(0, 3)]
    [InlineData(int.MaxValue, 8)]
    public void NothingOutsideThePageOrAcrossItsWordsIsTouched(int offset, int width)
    {
        var page = new byte[16];

        Assert.Throws<ArgumentOutOfRangeException>(() => AtomicField.SetBits(page, offset, width, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => AtomicField.ClearBits(page, offset, width, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => AtomicField.CompareExchange(page, offset, width, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => AtomicField.Read(page, offset, width));
        Assert.All(page, value => Assert.Equal(0, value));
    }

    [Fact]
    public void AValueThatDoesNotFitIsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => AtomicField.CompareExchange(new byte[8], 0, 1, 0, 0x100));

    // Each thread owns every other bit of the same few words, and knows the last value that it wrote. Each operation returns the word
    // before it. If an own bit then has another value, an update was lost.
    [Fact]
    public void RacingBitOperationsLoseNone()
    {
        var page = new byte[SharedInfoLayout.PageSize];
        var lost = new long[2];
        var threads = new[] { new Thread(() => lost[0] = Race(page, 0)), new Thread(() => lost[1] = Race(page, 1)) };

        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();

        Assert.Equal([0L, 0L], lost);
    }

    // The bytes of one word: a poke of one must not undo the guest's write of its neighbour.
    [Fact]
    public void RacingBytesOfOneWordLoseNone()
    {
        var page = new byte[8];
        var guest = new Thread(() =>
        {
            for (var round = 0; round < 2_000_000; round++) Volatile.Write(ref page[1], (byte)(round & 1));
            Volatile.Write(ref page[1], 7);
        });
        guest.Start();
        for (byte value = 0; guest.IsAlive; value++)
        {
            var found = AtomicField.Read(page, 0, 1);
            Assert.Equal(found, AtomicField.CompareExchange(page, 0, 1, found, value));
        }
        guest.Join();

        Assert.Equal(7, page[1]);
    }

    private static long Race(byte[] page, int side)
    {
        const int words = 4;
        Span<uint> mine = stackalloc uint[words];
        var ownBits = side == 0 ? 0x5555_5555u : 0xaaaa_aaaau;
        long lost = 0;
        var random = 0x9e3779b9u + (uint)side;
        for (var count = 0; count < RacingOperations / 2; count++)
        {
            random ^= random << 13;
            random ^= random >> 17;
            random ^= random << 5;
            var word = (int)(random & (words - 1));
            var bit = 1u << (int)((random >> 8 & 15) * 2 + side);
            var isSet = (mine[word] & bit) != 0;
            var before = (uint)(isSet ? AtomicField.ClearBits(page, word * 4, 4, bit) : AtomicField.SetBits(page, word * 4, 4, bit));
            if ((before & ownBits) != mine[word]) lost++;
            mine[word] ^= bit;
        }
        for (var word = 0; word < words; word++) lost += ((uint)AtomicField.Read(page, word * 4, 4) & ownBits) == mine[word] ? 0 : 1;
        return lost;
    }
}
