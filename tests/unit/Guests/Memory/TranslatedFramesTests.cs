using XenShared.Guests.Locating;
using XenShared.Guests.Memory;
using XenShared.Tests.Support;

namespace XenShared.Tests.Guests.Memory;

/// <summary>Tests the list of frames of guests whose frame numbers Xen translates.</summary>
public sealed class TranslatedFramesTests
{
    [Fact]
    public void HolesAreSkipped()
    {
        var list = new TranslatedFrames(new FakeMemory(SyntheticGuest.Pvh()), 5);

        Assert.Equal(0x2802ul, list.Count);
        var batches = Read(list);
        Assert.Equal(
            Enumerable.Range(0, 1500).Append(0x2800).Append(0x2801).Select(pfn => (ulong)pfn),
            batches.SelectMany(batch => batch.Frames));
        Assert.All(batches, batch => Assert.Equal(batch.Pfns, batch.Frames));
        Assert.Equal([1024, 2048, 3072, 4096, 5120, 6144, 7168, 8192, 9216, 10240, 0x2802], batches.Select(batch => (int)batch.Position));
    }

    [Fact]
    public void IfTheHostCannotReportHolesEachFrameIsTried()
    {
        var guest = SyntheticGuest.Pvh();
        guest.TellsHoles = false;
        var memory = new FakeMemory(guest);
        var list = new TranslatedFrames(memory, 5);

        Assert.Equal(0x2802, Read(list).Sum(batch => batch.Frames.Length));
        var scan = GuestMemoryScanner.Run(memory, 5, list, new EventArrayPattern(Some.LinuxPorts()), null, null, null, default);
        Assert.Equal(1502ul, scan.Frames);
        Assert.Equal([new GuestAddress(SyntheticGuest.ArrayPfn, SyntheticGuest.ArrayPfn)], scan.Pages);
        Assert.Equal(512, memory.LargestBatch);
    }

    [Fact]
    public void ThePageOfNumberZeroIsOneToo()
    {
        var guest = SyntheticGuest.Pvh();
        guest.HighestFrame = 0;

        Assert.Equal([0ul], Read(new TranslatedFrames(new FakeMemory(guest), 5)).SelectMany(batch => batch.Frames));
    }

    [Theory]
    [InlineData(1UL << 30)]
    [InlineData(ulong.MaxValue - 1)]
    [InlineData(ulong.MaxValue)]
    public void AGuestThatReachesBeyondAllMemoryIsRefused(ulong highest)
    {
        var guest = SyntheticGuest.Pvh();
        guest.HighestFrame = highest;

        var error = Assert.Throws<XenException>(() => new TranslatedFrames(new FakeMemory(guest), 5));

        Assert.Equal((XenErrorId.NotSupportedByHost, (ushort?)5), (error.Id, error.DomId));
        Messages.AssertSentence(error.Message, 5);
        Assert.Contains($"0x{highest:x},", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheLargestIsNotRefused()
    {
        var guest = SyntheticGuest.Pvh();
        guest.HighestFrame = (1UL << 30) - 1;

        Assert.Equal(1UL << 30, new TranslatedFrames(new FakeMemory(guest), 5).Count);
    }

    private static List<(ulong[] Pfns, ulong[] Frames, ulong Position)> Read(TranslatedFrames list) =>
        [.. list.Read().Select(batch => (batch.Pfns.ToArray(), batch.Frames.ToArray(), batch.Position))];
}
