using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Tests.Support;

namespace XenShared.Tests.Queries;

/// <summary>Tests the event channel objects that users get.</summary>
public sealed class EventChannelQueryTests
{
    private readonly RecordingObserver _observer = new();

    [Fact]
    public void ATwoLevelGuestsChannelsHaveTheirBits()
    {
        var channels = Run(Some.TwoLevelGuest());

        Assert.Equal(Enumerable.Range(1, 8), channels.Select(channel => (int)channel.Port));
        Assert.All(channels, channel => Assert.Equal(channel.Port == 3, channel.Pending));
        Assert.All(channels, channel => Assert.False(channel.Masked));
        Assert.All(channels, channel =>
            Assert.Equal(
                ((ushort)5, "guest", "fake", EventAbi.TwoLevel, StateSource.SharedPage),
                (channel.DomId, channel.DomainName, channel.HostName, channel.EventAbi, channel.Source!.Value)));
        Assert.All(channels, channel => Assert.Equal(Some.Start, channel.TakenAt));
        Assert.All(channels, channel => Assert.Null(channel.StateNote));
        Assert.Empty(_observer.Warnings);
        Assert.Empty(_observer.Errors);
    }

    [Fact]
    public void EachStateHasItsOwnMembersAndNoOther()
    {
        var guest = new FakeDomain
        {
            Reading = Some.Domain(),
            Samples = [Some.Sample(Some.TwoLevelPage(SharedInfoLayout.X86_64, 1, 2, 3, 4, 5))],
            Ports = new PortTable(64,
            [
                new EventChannelStatus(1, ChannelState.Unbound, 0, 7),
                new EventChannelStatus(2, ChannelState.Interdomain, 1, 0, 42),
                new EventChannelStatus(3, ChannelState.PhysicalIrq, 2, Irq: 16),
                new EventChannelStatus(4, ChannelState.VirtualIrq, 3, Irq: 1),
                new EventChannelStatus(5, ChannelState.Ipi, 4),
            ]),
        };

        var channels = Run(guest);

        Assert.Equal([0, 1, 2, 3, 4], channels.Select(channel => channel.Vcpu));
        Assert.Equal([(ushort)7, (ushort)0, null, null, null], channels.Select(channel => channel.RemoteDomId));
        Assert.Equal([null, 42u, null, null, null], channels.Select(channel => channel.RemotePort));
        Assert.Equal([null, null, 16u, null, null], channels.Select(channel => channel.Pirq));
        Assert.Equal([null, null, null, VirtualIrq.Debug, null], channels.Select(channel => channel.Virq));
    }

    [Fact]
    public void AFifoGuestsBitsAreUnknownAndNeverFalse()
    {
        var guest = Some.FifoGuest();

        var channels = Run(guest);

        Assert.Equal(8, channels.Count);
        Assert.All(channels, channel => Assert.Equal((null, null, null), (channel.Pending, channel.Masked, channel.Source)));
        Assert.All(channels, channel => Assert.Contains("FIFO", channel.StateNote, StringComparison.Ordinal));
        Assert.All(channels, channel => Assert.NotNull(channel.State));
        Assert.Empty(Run(guest, new() { Pending = true }));
        Assert.Empty(Run(guest, new() { Masked = true }));
        Assert.Equal(8, Run(guest, new() { Unknown = true }).Count);
    }

    [Fact]
    public void AWarningGivesReasonAndAdviceOncePerDomain()
    {
        Run([Some.FifoGuest(6), Some.TwoLevelGuest(7), Some.FifoGuest(8, name: null)]);

        Assert.Equal([6, 8], _observer.Warnings.Select(warning => (int)warning.DomId!));
        Assert.All(_observer.Warnings, warning =>
        {
            Assert.Equal(XenErrorId.EventStateUnknown, warning.Id);
            Assert.Contains("FIFO", warning.Message, StringComparison.Ordinal);
            Assert.Contains("capture", warning.Message, StringComparison.Ordinal);
            Messages.AssertSentence(warning.Message, warning.DomId!.Value);
        });
        Assert.Contains("(fifo)", _observer.Warnings[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AGuestWithoutABoundPortIsNothingToWarnOf()
    {
        var guest = Some.FifoGuest();
        Run(new FakeDomain { Reading = guest.Reading, Samples = guest.Samples, Ports = new PortTable(64, []) });

        Assert.Empty(_observer.Warnings);
    }

    [Fact]
    public void APageThatCannotBeReadLeavesTheChannelsAndIsTheWarning()
    {
        var channels = Run(
            new FakeDomain
            {
                Reading = Some.Domain(),
                PageError = Some.Error(XenErrorId.SharedInfoNotMapped),
                Ports = Some.LinuxPorts(),
            });

        Assert.Equal(8, channels.Count);
        Assert.All(channels, channel => Assert.Equal((null, null), (channel.Pending, channel.Masked)));
        var warning = Assert.Single(_observer.Warnings);
        Assert.Contains(Some.Error(XenErrorId.SharedInfoNotMapped).Message, warning.Message, StringComparison.Ordinal);
        Assert.Empty(_observer.Errors);
    }

    [Fact]
    public void WithoutASampleThereIsNoMomentAtWhichBitsWereRead()
    {
        var channels = Run(
            new FakeDomain
            {
                Reading = Some.Domain(),
                PageError = Some.Error(XenErrorId.SharedInfoNotMapped),
                Ports = Some.LinuxPorts(),
            });

        // An unknown time must be null, not the default value.
        Assert.All(channels, channel => Assert.NotEqual(default(DateTimeOffset), (DateTimeOffset?)channel.TakenAt));
    }

    [Fact]
    public void AnUnknownAbiIsUnknownState()
    {
        // A mask of all ones without a hole: after a restore, with either ABI.
        var guest = new FakeDomain
        {
            Reading = Some.Domain(),
            Samples = [Some.Sample(Some.TwoLevelPage(SharedInfoLayout.X86_64))],
            Ports = Some.LinuxPorts(),
        };

        Assert.All(Run(guest), channel =>
            Assert.Equal((EventAbi.Unknown, null, null), (channel.EventAbi, channel.Pending, channel.Masked)));
        Assert.Contains("restore", Assert.Single(_observer.Warnings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void APortThatXenHidesIsListedAsHidden()
    {
        var guest = new FakeDomain
        {
            Reading = Some.Domain(),
            Samples = [Some.Sample(Some.TwoLevelPage(SharedInfoLayout.X86_64, 1, 4))],
            Ports = new PortTable(
                64,
                [
                    new EventChannelStatus(1, ChannelState.Ipi),
                    new EventChannelStatus(3, State: null),
                    new EventChannelStatus(4, State: null),
                ]),
            Nodes = new() { ["console/port"] = "4" },
        };

        var channels = Run(guest);

        // Port 4 is unmasked in the page, and Xen takes it as masked all the same.
        Assert.All(channels.Skip(1), channel =>
            Assert.Equal((null, null, null, null, null), (channel.State, channel.Vcpu, channel.Pending, channel.Masked, channel.Source)));
        Assert.All(channels.Skip(1), channel => Assert.Contains("Xen does not report it", channel.StateNote, StringComparison.Ordinal));
        Assert.Equal("console", channels[2].Device);
        Assert.False(channels[0].Masked);
        Assert.Empty(_observer.Warnings);
        Assert.Equal([3, 4], Run(guest, new() { Unknown = true }).Select(channel => (int)channel.Port));
    }

    [Fact]
    public void APortBeyondTheBitmapsMakesTheWholeGuestFifo()
    {
        var guest = Some.TwoLevelGuest();
        var beyond = new FakeDomain
        {
            Reading = guest.Reading,
            Samples = guest.Samples,
            Ports = new PortTable(8192, [.. guest.Ports!.Bound, new EventChannelStatus(5000, ChannelState.Ipi)]),
        };

        Assert.All(Run(beyond), channel => Assert.Equal((EventAbi.Fifo, null, null), (channel.EventAbi, channel.Pending, channel.Masked)));
    }

    [Fact]
    public void AClosedPortHasNoStateAndIsListedOnlyOnRequest()
    {
        var channels = Run(Some.TwoLevelGuest(), new() { IncludeClosed = true });

        Assert.Equal(Enumerable.Range(0, 64), channels.Select(channel => (int)channel.Port));
        Assert.All(channels.Where(channel => channel.State == ChannelState.Closed), channel =>
            Assert.Equal(
                (null, null, null, "closed", null),
                (channel.Vcpu, channel.Pending, channel.Masked, channel.StateNote, channel.Device)));
        Assert.Equal(8, channels.Count(channel => channel.State != ChannelState.Closed));
        Assert.Equal(56, Run(Some.TwoLevelGuest(), new() { States = [ChannelState.Closed] }).Count);
    }

    [Fact]
    public void APortThatIsNamedAndClosedIsListed()
    {
        var channel = Assert.Single(Run(Some.TwoLevelGuest(), new() { Ports = [40] }));

        Assert.Equal((40u, ChannelState.Closed), (channel.Port, channel.State));
        Assert.Empty(_observer.Errors);
    }

    [Fact]
    public void APortThatDoesNotExistIsAnErrorAndTheOthersFollow()
    {
        var channels = Run([Some.TwoLevelGuest(5), Some.TwoLevelGuest(6)], new() { Ports = [3, 64, 4_000_000_000] });

        Assert.Equal([(5, 3), (6, 3)], channels.Select(channel => ((int)channel.DomId, (int)channel.Port)));
        Assert.Equal(4, _observer.Errors.Count);
        Assert.All(_observer.Errors, error =>
        {
            Assert.Equal(XenErrorId.EventChannelNotFound, error.Id);
            Assert.NotNull(error.Port);
            Assert.NotNull(error.Advice);
            Messages.AssertSentence(error.Message, error.DomId!.Value);
        });
    }

    [Fact]
    public void PortsThatCannotBeReadAreOneErrorAndTheOthersFollow()
    {
        var denied = new FakeDomain
        {
            Reading = Some.Domain(4),
            Samples = Some.TwoLevelGuest().Samples,
            PortError = Some.Error(XenErrorId.XenAccessDenied, 4),
        };

        Assert.Equal(8, Run([denied, Some.TwoLevelGuest()]).Count);
        Assert.Equal(XenErrorId.XenAccessDenied, Assert.Single(_observer.Errors).Id);
    }

    [Fact]
    public void DevicesAreNamed()
    {
        var guest = Some.TwoLevelGuest();
        guest.Nodes["store/port"] = "1";
        guest.Nodes["console/port"] = "2";
        guest.Nodes["device/vif/0/queue-1/event-channel-rx"] = "5";
        guest.Nodes["device/vbd/51712/event-channel"] = "40";

        var channels = Run(guest, new() { IncludeClosed = true });

        Assert.Equal("xenstore", channels[1].Device);
        Assert.Equal("console", channels[2].Device);
        Assert.Equal("vif0 queue 1 rx", channels[5].Device);
        // A closed port has no device, whatever the guest wrote to xenstore.
        Assert.Null(channels[40].Device);
    }

    [Fact]
    public void CancellationStopsTheStream()
    {
        using var cancellation = new CancellationTokenSource();
        using var channels = new EventChannelQuery(new FakeTarget(Some.TwoLevelGuest()), _observer)
            .Run(DomainSelection.All, cancellation.Token)
            .GetEnumerator();

        Assert.True(channels.MoveNext());
        cancellation.Cancel();

        Assert.Throws<OperationCanceledException>(() => channels.MoveNext());
    }

    [Theory]
    [MemberData(nameof(GoldenGuest.Paused), MemberType = typeof(GoldenGuest))]
    public void EveryBitThatIsShownOfARealPausedGuestIsXensOwnView(string name)
    {
        var golden = GoldenGuest.Named(name);
        var target = new FakeTarget(
            new FakeDomain
            {
                Reading = golden.Reading,
                Samples = [GoldenGuest.Sample(golden.PausedPage)],
                Ports = golden.Ports,
            })
        {
            HostClock = golden.HostClock,
        };

        var channels = new EventChannelQuery(target, _observer).Run(DomainSelection.All).ToDictionary(channel => channel.Port);

        Assert.Equal(golden.XenView.Select(port => port.Port), channels.Keys);
        foreach (var port in golden.XenView)
        {
            var channel = channels[port.Port];
            if (port.IsFifo || port.IsConsumedByXen) Assert.Equal((null, null), (channel.Pending, channel.Masked));
            else Assert.Equal((port.Pending, port.Masked), (channel.Pending, channel.Masked));
        }
        Assert.Equal(golden.Abi == EventAbi.Fifo ? 1 : 0, _observer.Warnings.Count);
    }

    private List<XenEventChannel> Run(FakeDomain domain, ChannelFilter? filter = null) => Run([domain], filter);

    private List<XenEventChannel> Run(FakeDomain[] domains, ChannelFilter? filter = null) =>
        [.. new EventChannelQuery(new FakeTarget(domains), _observer) { Filter = filter ?? new() }.Run(DomainSelection.All)];
}
