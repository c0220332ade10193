using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;

namespace XenShared.Tests.Queries;

/// <summary>Tests watching channels on a host that changes between the samples.</summary>
public sealed class ChannelWatchTests : IDisposable
{
    private const ushort DomId = 1;

    private readonly SimulatedTarget _host = new(15);
    private readonly RecordingObserver _observer = new();
    private readonly AutoTime _time = new();
    private int _waits;

    public void Dispose() => _host.Dispose();

    [Fact]
    public void NothingIsWrittenWhenNothingChanges() => Assert.Empty(Watch(() => { }, count: 5));

    /// <summary>Checks that the guide's examples work on a simulated host, on which nobody else makes changes.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(77)]
    public void TheGuidesDomainOnASimulatedHostHasTrafficThatTwoLooksShow(int seed)
    {
        using var host = new SimulatedTarget(seed: seed);
        for (var run = 0; run < 10; run++)
        {
            var changes = new ChannelWatch(host, _observer) { Time = _time, Count = 2 }
                .Run(new DomainSelection { DomIds = [5] })
                .ToArray();

            Assert.Contains(changes, change => change is { Property: "Pending", Device: "vif0" });
        }
        Assert.True(host.ReadHealth(5).IsWell);
    }

    [Fact]
    public void AChangedBitIsReported()
    {
        var change = Assert.Single(
            Watch(() => At(2, () => Some.Set(_host.Guest(DomId).SharedPage(), SharedInfoLayout.X86_64.MaskOffset, 2))));

        Assert.Equal(
            (DomId, "sim-pv-2l-1", 2u, "Masked", false, true, "console", "simulated"),
            (
                change.DomId,
                change.DomainName,
                change.Port,
                change.Property,
                (bool)change.Before,
                (bool)change.After,
                change.Device,
                change.HostName));
        Assert.NotEqual(default, change.TakenAt);
    }

    [Fact]
    public void ChannelsThatOpenAndCloseAreReported()
    {
        var changes = Watch(() =>
        {
            At(1, () => _host.Guest(DomId).Bind(new PlannedPort(new EventChannelStatus(150, ChannelState.Unbound, 0, 0))));
            At(2, () => _host.Guest(DomId).Close(150));
        });

        Assert.Equal(
            [(150u, "State", ChannelState.Closed, ChannelState.Unbound), (150u, "State", ChannelState.Unbound, ChannelState.Closed)],
            changes.Select(change => (change.Port, change.Property, (ChannelState)change.Before, (ChannelState)change.After)));
    }

    [Fact]
    public void APeerThatEndsIsReported()
    {
        var change = Assert.Single(Watch(() => At(1, () => _host.Guest(DomId).LosePeer(66))));

        Assert.Equal(
            (66u, "State", ChannelState.Interdomain, ChannelState.Unbound),
            (change.Port, change.Property, (ChannelState)change.Before, (ChannelState)change.After));
    }

    [Fact]
    public void DomainsComeAndGo()
    {
        var ports = _host.Guest(DomId).Ports.Count;

        var changes = Watch(() =>
        {
            At(2, () => _host.End(DomId));
            At(4, () => _host.Replace(DomId));
        });

        Assert.Equal(ports, changes.Count(change => change.After is ChannelState.Closed));
        Assert.Equal(ports, changes.Count(change => change.Before is ChannelState.Closed));
        Assert.Equal(2 * ports, changes.Count);
        Assert.Empty(_observer.Errors);
    }

    [Fact]
    public void ANumberThatIsGivenToAnotherDomainIsAnother()
    {
        var ports = _host.Guest(DomId).Ports.Count;

        var changes = Watch(() => At(2, () => _host.Replace(DomId)));

        Assert.Equal(2 * ports, changes.Count);
        Assert.All(changes.Take(ports), change => Assert.Equal(ChannelState.Closed, change.After));
    }

    [Fact]
    public void WhatIsNotKnownForAWhileIsNoChange()
    {
        var guest = Some.TwoLevelGuest();
        var target = new FakeTarget(guest);
        var good = guest.Samples[0];
        var unset = Some.Sample(Some.ClockPage(SharedInfoLayout.X86_64));
        _time.WhileWaiting = () => guest.Samples[0] = ++_waits is 2 or 3 ? unset : good;

        var changes = new ChannelWatch(target, _observer)
        {
            Time = _time,
            Count = 5,
            Source = ChannelSource.SharedPage,
        }
            .Run(DomainSelection.All)
            .ToArray();

        Assert.Empty(changes);
        // Reported once, although there were two such samples.
        Assert.Single(_observer.Warnings);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ChannelsThatCannotBeReadAtFirstAreNotReportedAsOpened(bool ends)
    {
        var hooked = new HookedTarget(_host)
        {
            BeforePorts = domId =>
            {
                if (_waits < 2) throw new XenException(XenErrorId.XenAccessDenied, $"Domain {domId} is refused", "try again");
            },
        };

        var changes = Run(
            new ChannelWatch(hooked, _observer) { Time = _time, Count = 6 },
            () =>
            {
                At(1, () => { if (ends) _host.End(DomId); });
                At(3, () => { if (!ends) Some.Set(_host.Guest(DomId).SharedPage(), SharedInfoLayout.X86_64.MaskOffset, 2); });
            });

        if (ends) Assert.Empty(changes);
        else Assert.Equal((2u, "Masked"), (Assert.Single(changes).Port, changes[0].Property));
        Assert.NotEmpty(_observer.Errors);
    }

    [Fact]
    public void LooksAreAtMultiplesOfTheInterval()
    {
        _time.WhileWaiting = () => _waits++;

        Watch(() => { }, count: null, duration: TimeSpan.FromSeconds(10), interval: TimeSpan.FromSeconds(3));

        Assert.Equal([TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3)], _time.Waits);
    }

    [Fact]
    public void PagesAreMappedForALookAndNotLonger()
    {
        Watch(() => Assert.Equal(0, _host.WritableMappings.Now));

        Assert.Equal((0, 0), _host.WritableMappings);
    }

    [Fact]
    public void OnlyTheSelectedChannelsAreWatched()
    {
        void Change()
        {
            foreach (var port in (uint[])[2, 66]) Some.Set(_host.Guest(DomId).SharedPage(), SharedInfoLayout.X86_64.MaskOffset, port);
        }

        var byPort = Run(new ChannelWatch(_host, _observer) { Time = _time, Count = 2, Ports = [66] }, () => At(1, Change));

        Assert.Equal([66u], byPort.Select(change => change.Port).Distinct());
        _waits = 0;
        foreach (var port in (uint[])[2, 66]) Some.Clear(_host.Guest(DomId).SharedPage(), SharedInfoLayout.X86_64.MaskOffset, port);
        var byChannel = Run(new ChannelWatch(_host, _observer) { Time = _time, Count = 2, Channels = [(DomId, 2)] }, () => At(1, Change));
        Assert.Equal([2u], byChannel.Select(change => change.Port).Distinct());
    }

    [Fact]
    public void ACaptureIsNotWatched()
    {
        using var capture = CaptureTarget.Open(Path.Combine(AppContext.BaseDirectory, "data", "bookworm-quick.xencap"));

        var error = Assert.Throws<XenException>(() => new ChannelWatch(capture, _observer).Run(DomainSelection.All).Count());

        Assert.Equal(XenErrorId.NotSupportedByHost, error.Id);
    }

    [Fact]
    public void ItEndsWhenItIsCancelled()
    {
        using var source = new CancellationTokenSource();
        _time.WhileWaiting = () => At(++_waits, source.Cancel, 3);

        Assert.ThrowsAny<OperationCanceledException>(() =>
            new ChannelWatch(_host, _observer) { Time = _time }
                .Run(new DomainSelection { DomIds = [DomId] }, source.Token)
                .Count());
        Assert.Equal(3, _waits);
    }

    private List<XenEventChannelChange> Watch(Action whileWaiting, int? count = 6, TimeSpan? duration = null, TimeSpan? interval = null) =>
        Run(
            new ChannelWatch(_host, _observer)
            {
                Time = _time,
                Count = count,
                Duration = duration,
                Interval = interval ?? ChannelWatch.DefaultInterval,
            },
            whileWaiting);

    private List<XenEventChannelChange> Run(ChannelWatch watch, Action whileWaiting)
    {
        _time.WhileWaiting = () =>
        {
            _waits++;
            whileWaiting();
        };
        return [.. watch.Run(new DomainSelection { DomIds = [DomId] })];
    }

    private void At(int wait, Action work) => At(_waits, work, wait);

    private static void At(int now, Action work, int wait)
    {
        if (now == wait) work();
    }
}
