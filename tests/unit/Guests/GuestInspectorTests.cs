using XenShared.Guests;
using XenShared.Guests.Deduction;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Tests.Support;

namespace XenShared.Tests.Guests;

/// <summary>Tests the inspection of domains: the errors of one domain are stored with it.</summary>
public sealed class GuestInspectorTests
{
    // The samples carry their own times, so the wait between them may be short.
    private static readonly TimeSpan s_sampleTime = TimeSpan.FromMilliseconds(30);

    [Fact]
    public void ADomainIsReadOnceWithoutSampling()
    {
        var domain = Some.TwoLevelGuest();

        var guest = Assert.Single(Inspect(new FakeTarget(domain), TimeSpan.Zero));

        Assert.Equal(1, domain.SamplesGiven);
        Assert.Equal("guest", guest.Name);
        Assert.Same(domain.Samples[0], guest.Latest);
        Assert.Same(domain.Ports, guest.Ports);
        Assert.Equal(GuestLayout.X86_64, guest.Layout.Layout?.Layout);
        Assert.Equal(EventAbi.TwoLevel, guest.Abi.Abi);
        Assert.Null(guest.PageError);
        Assert.Null(guest.PortError);
    }

    [Fact]
    public void SamplingEndsAsSoonAsEverySlotIsDecided()
    {
        var domain = new FakeDomain
        {
            Reading = Some.Domain(),
            Samples = [Sample(2, 0), Sample(2, 1), Sample(4, 2), Sample(6, 3)],
            Ports = Some.LinuxPorts(),
        };

        var guest = Assert.Single(Inspect(new FakeTarget(domain), TimeSpan.FromSeconds(20)));

        Assert.Equal(3, guest.Samples.Count);
        Assert.True(SlotLiveness.Deduce(guest.Samples, SharedInfoLayout.X86_64, 0).IsLive);
    }

    [Theory]
    [InlineData(DomainState.Paused)]
    [InlineData(DomainState.Shutdown)]
    [InlineData(DomainState.Crashed)]
    [InlineData(DomainState.Dying)]
    public void ADomainThatCannotRunIsNotSampledAgain(DomainState state)
    {
        var domain = new FakeDomain { Reading = Some.Domain(state: state), Samples = [Sample(2, 0), Sample(4, 1)] };

        Assert.Single(Inspect(new FakeTarget(domain), TimeSpan.FromSeconds(20)));

        Assert.Equal(1, domain.SamplesGiven);
    }

    [Fact]
    public void ADomainThatVanishesBetweenSamplesKeepsThoseItHas()
    {
        var domain = new FakeDomain
        {
            Reading = Some.Domain(),
            Samples = [Sample(2, 0)],
            PageError = Some.Error(XenErrorId.DomainVanished),
            PortError = Some.Error(XenErrorId.DomainVanished),
        };

        var guest = Assert.Single(Inspect(new FakeTarget(domain), s_sampleTime));

        Assert.Same(domain.Samples[0], Assert.Single(guest.Samples));
        Assert.Null(guest.PageError);
        Assert.Equal(XenErrorId.DomainVanished, guest.PortError?.Id);
        Assert.Null(guest.Ports);
        Assert.Equal(EventAbi.Unknown, guest.Abi.Abi);
    }

    [Fact]
    public void AnErrorOfOneDomainsPageOrPortsStaysWithIt()
    {
        var unmapped = new FakeDomain
        {
            Reading = Some.Domain(3),
            PageError = Some.Error(XenErrorId.SharedInfoNotMapped, 3),
            Ports = Some.LinuxPorts(),
        };
        var denied = new FakeDomain
        {
            Reading = Some.Domain(4),
            Samples = [Sample(2, 0)],
            PortError = Some.Error(XenErrorId.XenAccessDenied, 4),
        };

        var guests = Inspect(new FakeTarget(unmapped, denied, Some.TwoLevelGuest(5)), TimeSpan.Zero);

        Assert.Equal([3, 4, 5], guests.Select(guest => (int)guest.Domain.DomId));
        Assert.Equal(XenErrorId.SharedInfoNotMapped, guests[0].PageError?.Id);
        Assert.NotNull(guests[0].Ports);
        Assert.Null(guests[0].Latest);
        Assert.Equal(XenErrorId.XenAccessDenied, guests[1].PortError?.Id);
        Assert.NotNull(guests[1].Latest);
        Assert.Equal(EventAbi.TwoLevel, guests[2].Abi.Abi);
    }

    [Theory]
    [InlineData(XenErrorId.XenNotAvailable)]
    [InlineData(XenErrorId.XenInterfaceMismatch)]
    [InlineData(XenErrorId.FileDamaged)]
    public void ADeadTargetEndsIt(XenErrorId id)
    {
        var inPage = new FakeTarget(new FakeDomain { Reading = Some.Domain(), PageError = Some.Error(id) });
        var inPorts = new FakeTarget(new FakeDomain { Reading = Some.Domain(), Samples = [Sample(2, 0)], PortError = Some.Error(id) });
        var later = new FakeTarget(new FakeDomain { Reading = Some.Domain(), Samples = [Sample(2, 0)], PageError = Some.Error(id) });

        Assert.Equal(id, Assert.Throws<XenException>(() => Inspect(inPage, TimeSpan.Zero)).Id);
        Assert.Equal(id, Assert.Throws<XenException>(() => Inspect(inPorts, TimeSpan.Zero)).Id);
        Assert.Equal(id, Assert.Throws<XenException>(() => Inspect(later, s_sampleTime)).Id);
    }

    [Fact]
    public void DomainsComeOneByOne()
    {
        var first = Some.TwoLevelGuest(1);
        var second = Some.TwoLevelGuest(2);
        var target = new FakeTarget(first, second);

        using var guests = new GuestInspector(target).Inspect(target.ReadDomains(), TimeSpan.Zero, default).GetEnumerator();

        Assert.True(guests.MoveNext());
        Assert.Equal((1, 0), (first.SamplesGiven, second.SamplesGiven));
    }

    [Fact]
    public void DomainsAreSampledSideBySide()
    {
        var domains = Enumerable
            .Range(1, 40)
            .Select(id => new FakeDomain
            {
                Reading = Some.Domain((ushort)id),
                Samples = [Sample(2, 0), Sample(4, 1)],
                Ports = Some.LinuxPorts(),
            })
            .ToArray();
        var reads = new List<int>();
        var target = new FakeTarget(domains) { OnSample = domId => reads.Add(domId) };

        Inspect(target, s_sampleTime);

        // One wait serves all: each is read before any is read again.
        Assert.Equal([.. Enumerable.Range(1, 40), .. Enumerable.Range(1, 40)], reads);
    }

    [Fact]
    public void CancellationEndsTheWait()
    {
        using var cancellation = new CancellationTokenSource();
        var target = new FakeTarget(new FakeDomain { Reading = Some.Domain(), Samples = [Sample(2, 0)] });
        target.OnSample = _ => cancellation.Cancel();

        Assert.Throws<OperationCanceledException>(() =>
            Watchdog.Ends(() =>
                _ = new GuestInspector(target).Inspect(target.ReadDomains(), TimeSpan.FromMinutes(10), cancellation.Token).Count()));
    }

    [Fact]
    public void CancellationEndsTheListOfDomains()
    {
        using var cancellation = new CancellationTokenSource();
        var target = new FakeTarget(Some.TwoLevelGuest(1), Some.TwoLevelGuest(2), Some.TwoLevelGuest(3));
        var domIds = new List<ushort>();

        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var guest in new GuestInspector(target).Inspect(target.ReadDomains(), TimeSpan.Zero, cancellation.Token))
            {
                domIds.Add(guest.Domain.DomId);
                if (guest.Domain.DomId == 2) cancellation.Cancel();
            }
        });

        Assert.Equal([1, 2], domIds);
    }

    [Fact]
    public void RecordedSamplesAreUsedUnchangedWithoutWaiting()
    {
        var domain = new FakeDomain
        {
            Reading = Some.Domain(),
            Samples = [Sample(2, 0), Sample(2, 1), Sample(4, 2)],
            Ports = Some.LinuxPorts(),
        };

        var guest = Assert.Single(Inspect(new RecordedTarget(domain), TimeSpan.FromMinutes(10)));

        Assert.Equal(3, guest.Samples.Count);
        Assert.Equal(0, domain.SamplesGiven);
    }

    [Fact]
    public void ARecordedDomainWithoutSamplesHasItsRecordedError()
    {
        var domain = new FakeDomain { Reading = Some.Domain(), PageError = Some.Error(XenErrorId.SharedInfoOfOwnDomain) };

        Assert.Equal(XenErrorId.SharedInfoOfOwnDomain, Assert.Single(Inspect(new RecordedTarget(domain), TimeSpan.Zero)).PageError?.Id);
    }

    [Fact]
    public void TheHostsClockIsReadOnceAndOnlyForGuestsOfUnknownWidth()
    {
        var pv = new FakeTarget(Some.TwoLevelGuest(1), Some.TwoLevelGuest(2));
        var hvm = new FakeTarget(Hvm(1), Hvm(2)) { HostClock = GoldenGuest.Named("hvm-fifo").HostClock };

        Inspect(pv, TimeSpan.Zero);
        var guests = Inspect(hvm, TimeSpan.Zero);

        Assert.Equal(0, pv.HostClockReads);
        Assert.Equal(1, hvm.HostClockReads);
        Assert.All(guests, guest => Assert.Equal((GuestLayout.X86_64, EventAbi.Fifo), (guest.Layout.Layout?.Layout, guest.Abi.Abi)));
    }

    [Theory]
    [MemberData(nameof(GoldenGuest.Names), MemberType = typeof(GoldenGuest))]
    public void EveryRealGuestIsUnderstood(string name)
    {
        var golden = GoldenGuest.Named(name);
        var target = new FakeTarget(
            new FakeDomain
            {
                Reading = golden.Reading,
                Samples = [GoldenGuest.Sample(golden.Page)],
                Ports = golden.Ports,
            })
        {
            HostClock = golden.HostClock,
        };

        var guest = Assert.Single(Inspect(target, TimeSpan.Zero));

        Assert.Equal((GuestLayout.X86_64, golden.Abi), (guest.Layout.Layout?.Layout, guest.Abi.Abi));
    }

    private static FakeDomain Hvm(ushort domId)
    {
        var golden = GoldenGuest.Named("hvm-fifo");
        return new FakeDomain
        {
            Reading = golden.Reading with { DomId = domId },
            Samples = [GoldenGuest.Sample(golden.Page)],
            Ports = golden.Ports,
        };
    }

    private static List<GuestInspection> Inspect(FakeTarget target, TimeSpan sampleTime) =>
        [.. new GuestInspector(target).Inspect(target.ReadDomains(), sampleTime, default)];

    private static DomainSample Sample(uint version, double second)
    {
        var page = Some.ClockPage(SharedInfoLayout.X86_64);
        SharedInfoLayout.X86_64.Vcpu.Version.Write(page, version);
        return Some.Sample(page, second, null, (ulong)(second * 1000));
    }
}
