using XenShared.Hypervisor;
using XenShared.Queries;
using XenShared.Tests.Support;

namespace XenShared.Tests.Queries;

/// <summary>Tests the domain objects that users get.</summary>
public sealed class DomainQueryTests
{
    [Fact]
    public void XensDataIsPassedOn()
    {
        var domain = Assert.Single(Run(Some.TwoLevelGuest()));

        Assert.Equal((ushort)5, domain.DomId);
        Assert.Equal("guest", domain.Name);
        Assert.Equal(Some.Domain().Uuid, domain.Uuid);
        Assert.Equal((DomainType.PV, DomainState.Blocked), (domain.Type, domain.State));
        Assert.Equal(1, domain.VcpuCount);
        Assert.Equal((64, EventAbi.TwoLevel), (domain.Width, domain.EventAbi));
        Assert.NotEmpty(domain.AbiEvidence);
        Assert.NotNull(domain.WidthEvidence);
        Assert.Equal(0xbfc55ul, domain.SharedInfoFrame);
        Assert.Equal(TimeSpan.FromSeconds(7), domain.CpuTime);
        Assert.Equal(128ul << 20, domain.MemoryBytes);
        Assert.Equal("fake", domain.HostName);
    }

    [Fact]
    public void WhatIsNotKnownIsNull()
    {
        var reading = Some.Domain(type: DomainType.PVH, pvWidth: null) with { Type = null, SharedInfoFrame = null };

        var domain = Assert.Single(
            Run(
                new FakeDomain
                {
                    Reading = reading,
                    PageError = Some.Error(XenErrorId.SharedInfoNotMapped),
                    Ports = Some.LinuxPorts(),
                }));

        Assert.Null(domain.Name);
        Assert.Null(domain.Type);
        Assert.Null(domain.Width);
        Assert.Null(domain.SharedInfoFrame);
        Assert.Equal(EventAbi.Unknown, domain.EventAbi);
        Assert.Equal(Some.Error(XenErrorId.SharedInfoNotMapped).Message, domain.AbiEvidence);
        Assert.Equal(Some.Error(XenErrorId.SharedInfoNotMapped).Message, domain.WidthEvidence);
    }

    [Fact]
    public void APvGuestsWidthIsKnownWithoutItsPage()
    {
        var domain = Assert.Single(
            Run(
                new FakeDomain
                {
                    Reading = Some.Domain(0),
                    PageError = Some.Error(XenErrorId.SharedInfoOfOwnDomain, 0),
                    Ports = Some.LinuxPorts(),
                }));

        Assert.Equal(64, domain.Width);
        Assert.Equal("Xen reports that this PV guest is 64 bits wide", domain.WidthEvidence);
        Assert.Equal(EventAbi.Unknown, domain.EventAbi);
    }

    [Fact]
    public void ErrorsOfADomainLeaveItInTheListAndAreNoErrorsOfTheList()
    {
        var observer = new RecordingObserver();
        var target = new FakeTarget(
            new FakeDomain
            {
                Reading = Some.Domain(1),
                PageError = Some.Error(XenErrorId.DomainVanished, 1),
                PortError = Some.Error(XenErrorId.DomainVanished, 1),
            },
            Some.FifoGuest());

        Assert.Equal([1, 6], new DomainQuery(target, observer).Run(DomainSelection.All).Select(domain => (int)domain.DomId));

        Assert.Empty(observer.Errors);
        Assert.Empty(observer.Warnings);
    }

    [Fact]
    public void TheGreatestNumbersFit()
    {
        var reading = Some.Domain() with
        {
            CpuTimeNanoseconds = ulong.MaxValue,
            TotalPages = DomainInfo.MaximumPages,
            OnlineVcpus = DomainInfo.MaximumVcpus,
        };

        var domain = Assert.Single(Run(new FakeDomain { Reading = reading, PageError = Some.Error(XenErrorId.SharedInfoNotMapped) }));

        Assert.Equal(TimeSpan.FromTicks(184_467_440_737_095_516), domain.CpuTime);
        Assert.Equal(1UL << 52, domain.MemoryBytes);
    }

    private static List<XenDomain> Run(FakeDomain domain) =>
        [.. new DomainQuery(new FakeTarget(domain), new RecordingObserver()).Run(DomainSelection.All)];
}
