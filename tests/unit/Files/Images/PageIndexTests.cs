using FsCheck.Fluent;
using XenShared.Files.Images;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files.Images;

/// <summary>Compares the page index of a file with a table that lists each page.</summary>
public sealed class PageIndexTests
{
    [Fact]
    public void TheLastPlaceOfAPageCounts() => Always.Holds(Gen.Choose(0, int.MaxValue), seed =>
    {
        var random = new Random(seed);
        var builder = new PageIndexBuilder(10_000);
        var expected = new SortedDictionary<ulong, (ulong Frame, long Offset)>();
        var pfn = 0ul;
        for (var page = 0; page < 200; page++)
        {
            pfn = random.Next(3) > 0 ? pfn + 1 : (ulong)random.Next(60);
            var frame = pfn + 1000;
            var offset = random.Next(6) == 0 ? -1 : 4096L * (random.Next(3) > 0 ? page : 500 - page);
            builder.Add(pfn, frame, offset);
            if (offset < 0) expected.Remove(pfn);
            else expected[pfn] = (frame, offset);
        }
        var index = builder.Build();

        Assert.Equal((ulong)expected.Count, index.Count);
        Assert.Equal(expected.Select(page => (page.Key, page.Value.Frame)), List(index, random.Next(1, 70)));
        for (var frame = 990ul; frame < 1300; frame++)
            Assert.Equal(
                expected.Values.Where(page => page.Frame == frame).Select(page => (long?)page.Offset).FirstOrDefault(),
                index.OffsetOf(frame));
    });

    [Fact]
    public void FramesInAnotherOrderThanTheGuestsNumbersAreFound()
    {
        var builder = new PageIndexBuilder(100);
        for (ulong pfn = 0; pfn < 50; pfn++) builder.Add(pfn, 5000 - pfn * 7, (long)pfn * 4096);
        var index = builder.Build();

        for (ulong pfn = 0; pfn < 50; pfn++) Assert.Equal((long)pfn * 4096, index.OffsetOf(5000 - pfn * 7));
        Assert.Null(index.OffsetOf(5001));
        Assert.Null(index.OffsetOf(4999));
    }

    [Fact]
    public void PagesThatFollowEachOtherTakeOnePiece()
    {
        var builder = new PageIndexBuilder(10);
        for (ulong pfn = 0; pfn < 100_000; pfn++) builder.Add(pfn, pfn, (long)pfn * 4096);

        Assert.Equal((1, 100_000ul), (builder.Build().RunCount, builder.Build().Count));
    }

    [Fact]
    public void NothingIsNothing()
    {
        var index = new PageIndexBuilder(10).Build();

        Assert.Equal((0ul, 0), (index.Count, index.List(0, new ulong[5], new ulong[5])));
        Assert.Null(index.OffsetOf(0));
    }

    private static List<(ulong Pfn, ulong Frame)> List(PageIndex index, int atOnce)
    {
        var all = new List<(ulong, ulong)>();
        var (pfns, frames) = (new ulong[atOnce], new ulong[atOnce]);
        for (ulong first = 0; index.List(first, pfns, frames) is var listed and > 0; first += (ulong)listed)
            for (var at = 0; at < listed; at++) all.Add((pfns[at], frames[at]));
        return all;
    }
}
