using XenShared.Files;
using XenShared.Guests.Locating;
using XenShared.Hypervisor;
using XenShared.Tests.Support;

namespace XenShared.Tests.Guests.Locating;

/// <summary>Checks that a cached event array is read at its cached place first, and verified again.</summary>
public sealed class RememberedArrayTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly SyntheticGuest _guest = SyntheticGuest.PvWithList();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void ItSurvivesTheProcess()
    {
        Find();

        Assert.Equal(1, FramesOfNextFind());
    }

    [Fact]
    public void ItServesHoweverTheWordsMove()
    {
        Find();
        _guest.SetWord(SyntheticGuest.ArrayPfn, 3, 0x8000_0000);
        _guest.SetWord(SyntheticGuest.ArrayPfn, 9, 0);
        _guest.Domain.Ports = new PortTable(64, [.. Some.LinuxPorts().Bound, new EventChannelStatus(9, ChannelState.Interdomain)]);

        Assert.Equal(1, FramesOfNextFind());
    }

    [Fact]
    public void AGuestThatRegisteredAgainIsSearchedAgain()
    {
        Find();
        SyntheticGuest.Move(_guest.SharedPage.AsSpan(0, 64));

        Assert.InRange(FramesOfNextFind(), 1500, 1520);
        Assert.Equal(1, FramesOfNextFind());
    }

    [Fact]
    public void APageInAnotherPlaceIsAnotherGuest()
    {
        Find();
        _guest.SharedFrame++;

        Assert.InRange(FramesOfNextFind(), 1500, 1520);
    }

    [Fact]
    public void OtherSlotsMayMove()
    {
        Find();
        SyntheticGuest.Move(_guest.SharedPage.AsSpan(64, 64));

        Assert.Equal(1, FramesOfNextFind());
    }

    [Fact]
    public void AnotherDomainOfThatNumberIsSearched()
    {
        Find();
        _guest.Domain.Reading = _guest.Domain.Reading with { Uuid = Guid.NewGuid() };
        Assert.InRange(FramesOfNextFind(), 1500, 1520);
        _guest.StartTime = "later";
        Assert.InRange(FramesOfNextFind(), 1500, 1520);
        _guest.StartTime = null;
        Assert.InRange(FramesOfNextFind(), 1500, 1520);
        Assert.Equal(1, FramesOfNextFind());
    }

    [Fact]
    public void APlaceThatDoesNotFitAnyMoreIsSearchedFor()
    {
        Find();
        _guest.Page(SyntheticGuest.ArrayPfn).CopyTo(_guest.Page(0x44), 0);
        _guest.Page(SyntheticGuest.ArrayPfn).AsSpan().Fill((byte)'x');

        Assert.Equal(0x44ul, Find()!.Pages[0].Pfn);
        Assert.Equal(1, FramesOfNextFind());
    }

    [Fact]
    public void APlaceThatIsGoneIsSearchedFor()
    {
        Find();
        _guest.Page(SyntheticGuest.ArrayPfn).CopyTo(_guest.Page(0x44), 0);
        _guest.Frames.Remove(_guest.Frame(SyntheticGuest.ArrayPfn));

        Assert.Equal(0x44ul, Find()!.Pages[0].Pfn);
    }

    [Fact]
    public void APlaceOfAnotherFrameOfTheGuestIsNotBelieved()
    {
        Find();
        Change(location => location with { EventPages = [new EventPageLocation(0, 0x45, _guest.Frame(0x45))] });

        Assert.Equal(SyntheticGuest.ArrayPfn, Find()!.Pages[0].Pfn);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(int.MaxValue)]
    public void AnArrayWithoutItsFirstPageIsNotBelieved(int index)
    {
        Find();
        Change(location =>
            location with
            {
                EventPages = [new EventPageLocation(index, SyntheticGuest.ArrayPfn, _guest.Frame(SyntheticGuest.ArrayPfn))],
            });

        Assert.Equal(0, Find()!.Pages[0].Index);
    }

    [Fact]
    public void NoPlaceAtAllIsNotBelieved()
    {
        Find();
        Change(location => location with { EventPages = [] });

        Assert.Single(Find()!.Pages);
    }

    [Fact]
    public void AnArrayThatHasGrownIsSearchedForItsNewPage()
    {
        Find();
        SyntheticGuest.WriteArray(_guest.Page(0x30));
        _guest.SetWord(0x30, 10, 0);
        _guest.Domain.Ports = new PortTable(2048, [.. Some.LinuxPorts().Bound, new EventChannelStatus(1034, ChannelState.Ipi)]);

        Assert.Equal([SyntheticGuest.ArrayPfn, 0x30ul], Find()!.Pages.Select(page => page.Pfn));
        Assert.Equal(2, FramesOfNextFind());
    }

    [Fact]
    public void AnArrayOfWhichAPageWasNotFoundIsNotSearchedForItAtOnce()
    {
        _guest.Domain.Ports = new PortTable(2048, [.. Some.LinuxPorts().Bound, new EventChannelStatus(1034, ChannelState.Interdomain)]);

        Assert.Single(Find()!.Pages);

        Assert.Equal(1, FramesOfNextFind());
    }

    [Fact]
    public void APageOfWhichEveryPortWasClosedNeedNotFit()
    {
        var ports = _guest.Domain.Ports;
        SyntheticGuest.WriteArray(_guest.Page(0x30));
        _guest.SetWord(0x30, 10, 0);
        _guest.Domain.Ports = new PortTable(2048, [.. ports!.Bound, new EventChannelStatus(1034, ChannelState.Ipi)]);
        Assert.Equal(2, Find()!.Pages.Count);
        _guest.SetWord(0x30, 10, 0x4000_0000);
        _guest.Domain.Ports = ports;

        Assert.Equal(2, FramesOfNextFind());
    }

    // Each locator has only the folder of the cache.
    private LocatedEventArray? Find() => Inspected.Inspect(new FakeMemory(_guest), Options()).EventArray;

    private int FramesOfNextFind()
    {
        var memory = new FakeMemory(_guest);
        Assert.NotNull(Inspected.Inspect(memory, Options()).EventArray);
        return memory.FramesShown;
    }

    private LocatorOptions Options() => Inspected.ForArrays with { Remembered = new GuestLocationCache(_temporary["places"]) };

    private void Change(Func<GuestLocation, GuestLocation> change)
    {
        var folder = new GuestLocationCache(_temporary["places"]);
        folder.Remember(change(folder.Find(5, _guest.Domain.Reading.Uuid, _guest.StartTime)!));
    }
}
