using XenShared.Guests.Locating;
using XenShared.Hypervisor;
using XenShared.Queries;
using XenShared.Tests.Support;

namespace XenShared.Tests.Queries;

/// <summary>Tests the event channel objects of guests whose channel state is in their memory.</summary>
public sealed class GuestMemoryChannelTests
{
    private readonly RecordingObserver _observer = new();
    private readonly SyntheticGuest _guest = SyntheticGuest.PvWithList();

    [Theory]
    [InlineData(ChannelSource.Auto)]
    [InlineData(ChannelSource.GuestMemory)]
    public void EveryBitIsThatOfTheArray(ChannelSource source)
    {
        var channels = Run(source);

        (bool, bool, bool, bool)[] bits =
        [
            (false, false, false, false), (false, false, false, false), (true, false, true, false), (false, true, false, false),
            (false, true, false, true), (true, true, true, false), (false, true, false, false), (false, true, false, false),
        ];
        Assert.Equal(Enumerable.Range(1, 8), channels.Select(channel => (int)channel.Port));
        Assert.Equal(
            bits,
            channels.Select(channel => (channel.Pending!.Value, channel.Masked!.Value, channel.Linked!.Value, channel.Busy!.Value)));
        Assert.All(channels, channel =>
            Assert.Equal(
                (StateSource.GuestMemory, true, null, EventAbi.Fifo),
                (channel.Source, channel.IsLive, channel.StateNote, channel.EventAbi)));
        Assert.All(channels, channel => Assert.InRange((DateTimeOffset.UtcNow - channel.TakenAt!.Value).TotalSeconds, 0, 60));
        Assert.Empty(_observer.Warnings);
        Assert.Empty(_observer.Errors);
    }

    [Fact]
    public void TheSharedPageOfAFifoGuestIsNoEvidence()
    {
        var memory = new FakeMemory(_guest);

        var channels = Run(ChannelSource.SharedPage, memory);

        Assert.All(channels, AssertUnknown);
        AssertWarning("source Auto searches there");
        Assert.Equal(0, memory.Visits);
    }

    [Fact]
    public void ATwoLevelGuestsPageIsEnough()
    {
        MakeTwoLevel();
        var memory = new FakeMemory(_guest);

        var channels = Run(ChannelSource.Auto, memory);

        Assert.Equal((false, false), (channels[0].Pending, channels[0].Masked));
        Assert.Equal((true, true), (channels[2].Pending, channels[2].Masked));
        // Two-level channels stand in no queue.
        Assert.All(channels, channel =>
            Assert.Equal(
                (StateSource.SharedPage, true, null, null, EventAbi.TwoLevel),
                (channel.Source, channel.IsLive, channel.Linked, channel.Busy, channel.EventAbi)));
        Assert.Equal(
            channels,
            Run(ChannelSource.SharedPage, memory).Select((channel, at) => channel with { TakenAt = channels[at].TakenAt }));
        Assert.Equal(0, memory.Visits);
        Assert.Empty(_observer.Warnings);
    }

    [Fact]
    public void TheMemoryOfATwoLevelGuestIsNoEvidence()
    {
        MakeTwoLevel();
        var memory = new FakeMemory(_guest);

        Assert.All(Run(ChannelSource.GuestMemory, memory), channel =>
            Assert.Equal((null, null, null), (channel.Pending, channel.Masked, channel.Source)));
        AssertWarning("two-level channels");
        Assert.Equal(0, memory.Visits);
    }

    [Fact]
    public void AnUnlocatedArrayIsAWarningUnlessMemoryWasNamedAsSource()
    {
        _guest.Page(SyntheticGuest.ArrayPfn).AsSpan().Clear();

        Assert.All(Run(ChannelSource.Auto), AssertUnknown);
        AssertWarning("None of the 1500 pages ");
        Assert.Empty(_observer.Errors);
        _observer.Warnings.Clear();

        Assert.All(Run(ChannelSource.GuestMemory), AssertUnknown);
        var error = Assert.Single(_observer.Errors);
        Assert.Equal((XenErrorId.EventStateUnknown, (ushort?)5), (error.Id, error.DomId));
        Messages.AssertSentence(error.Message, 5);
        Assert.Empty(_observer.Warnings);
    }

    [Fact]
    public void NamingMemoryAsSourceSearchesAgain()
    {
        var locate = Inspected.ForArrays;
        var memory = new FakeMemory(_guest);
        _guest.SetWord(SyntheticGuest.ArrayPfn, 9, 0);
        Run(ChannelSource.Auto, memory, locate);
        _guest.SetWord(SyntheticGuest.ArrayPfn, 9, 0x4000_0000);

        Assert.All(Run(ChannelSource.Auto, memory, locate), AssertUnknown);
        Assert.Equal(2, _observer.Warnings.Count);
        Assert.All(Run(ChannelSource.GuestMemory, memory, locate), channel => Assert.NotNull(channel.Pending));
    }

    [Fact]
    public void AHazardHasItsOwnId()
    {
        _guest.Hazards = new MemoryHazards(1, 0);

        Assert.All(Run(ChannelSource.GuestMemory), AssertUnknown);
        Assert.Equal([XenErrorId.ScanRefused], _observer.ErrorIds);
        Assert.All(Run(ChannelSource.GuestMemory, locate: Inspected.ForArrays with { Force = true }), channel =>
            Assert.NotNull(channel.Pending));
    }

    [Fact]
    public void APortBeyondThePagesIsNotKnown()
    {
        _guest.Domain.Ports = new PortTable(2048, [.. Some.LinuxPorts().Bound, new EventChannelStatus(1034, ChannelState.Interdomain)]);

        var channels = Run(ChannelSource.Auto);

        Assert.All(channels.Take(8), channel => Assert.NotNull(channel.Pending));
        var beyond = channels[8];
        Assert.Equal(
            (1034u, null, null, null, null, null, null),
            (beyond.Port, beyond.Pending, beyond.Masked, beyond.Linked, beyond.Busy, beyond.Source, beyond.IsLive));
        Assert.Contains("no page of the guest's event array was found", beyond.StateNote, StringComparison.Ordinal);
        Assert.Equal([1034u], Run(ChannelSource.Auto, filter: new() { Unknown = true }).Select(channel => channel.Port));
    }

    [Fact]
    public void PortsOfTheSecondPageAreReadFromIt()
    {
        SyntheticGuest.WriteArray(_guest.Page(0x30));
        _guest.SetWord(0x30, 10, 0xa000_0000);
        _guest.Domain.Ports = new PortTable(2048, [.. Some.LinuxPorts().Bound, new EventChannelStatus(1034, ChannelState.Ipi)]);

        Assert.Equal(
            (1034u, true, false, true, false),
            Run(ChannelSource.Auto)
                .Select(channel =>
                    (channel.Port, channel.Pending!.Value, channel.Masked!.Value, channel.Linked!.Value, channel.Busy!.Value))
                .Last());
    }

    [Fact]
    public void ClosedAndHiddenPortsHaveNoState()
    {
        _guest.Domain.Ports = new PortTable(64, [.. Some.LinuxPorts().Bound.Take(6), new EventChannelStatus(7, State: null)]);
        _guest.SetWord(SyntheticGuest.ArrayPfn, 7, 0xe000_0000);

        var channels = Run(ChannelSource.Auto, filter: new() { IncludeClosed = true });

        Assert.Equal(("closed", null), (channels[9].StateNote, channels[9].Pending));
        Assert.Contains("Xen does not report it", channels[7].StateNote, StringComparison.Ordinal);
        Assert.Null(channels[7].Pending);
        Assert.NotNull(channels[6].Pending);
    }

    [Fact]
    public void TheArrayIsEvidenceForARestoredGuest()
    {
        _guest.SharedPage.AsSpan(2560, 512).Fill(0xff);

        Assert.All(Run(ChannelSource.Auto), channel =>
            Assert.Equal((StateSource.GuestMemory, EventAbi.Fifo), (channel.Source, channel.EventAbi)));
        Assert.All(Run(ChannelSource.SharedPage), channel => Assert.Equal((null, EventAbi.Unknown), (channel.Source, channel.EventAbi)));
    }

    private static void AssertUnknown(XenEventChannel channel)
    {
        Assert.Equal(
            (null, null, null, null, null, null),
            (channel.Pending, channel.Masked, channel.Linked, channel.Busy, channel.Source, channel.IsLive));
        Assert.NotNull(channel.StateNote);
    }

    private void AssertWarning(string why)
    {
        var warning = Assert.Single(_observer.Warnings);
        Assert.Equal((5, XenErrorId.EventStateUnknown), (warning.DomId!.Value, warning.Id));
        Assert.Contains("Domain 5 (synthetic): pending and masked are not known: ", warning.Message, StringComparison.Ordinal);
        Assert.Contains(why, warning.Message, StringComparison.Ordinal);
    }

    // Port 1 is unmasked, 3 is pending.
    private void MakeTwoLevel()
    {
        _guest.SharedPage.AsSpan(2560, 512).Fill(0xff);
        Some.Clear(_guest.SharedPage, 2560, 1);
        Some.Set(_guest.SharedPage, 2048, 3);
    }

    private List<XenEventChannel> Run(
        ChannelSource source,
        FakeMemory? memory = null,
        LocatorOptions? locate = null,
        ChannelFilter? filter = null
    ) =>
        [
            .. new EventChannelQuery(memory ?? new FakeMemory(_guest), _observer)
            {
                Source = source,
                Locate = locate ?? Inspected.ForArrays,
                Filter = filter ?? new(),
            }.Run(DomainSelection.All),
        ];
}
