using XenShared.Queries;
using XenShared.Reports;
using XenShared.Targets;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;

namespace XenShared.Tests.Reports;

/// <summary>Checks that a report contains the results of the queries, and names unknown data.</summary>
public sealed class HostReportQueryTests
{
    [Fact]
    public void ContainsTheResultsOfTheQueries()
    {
        using var target = CaptureTarget.Open(SomeReport.Capture("bookworm-quick.xencap"));
        var observer = new RecordingObserver();

        var report = new HostReportQuery(target, observer).Run(DomainSelection.All)!;

        Assert.Empty(observer.Errors);
        Assert.Equal(target.TakenAt, report.TakenAt);
        Assert.Equal(new DomainQuery(target, observer).Run(DomainSelection.All), report.Domains.Select(domain => domain.Domain));
        Assert.Equal(
            new EventChannelQuery(target, new RecordingObserver()).Run(DomainSelection.All),
            report.Domains.SelectMany(domain => domain.Channels));
        Assert.Equal(
            new VcpuQuery(target, new RecordingObserver()).Run(DomainSelection.All).Select(vcpu => (vcpu.DomId, vcpu.Vcpu, vcpu.IsLive)),
            report.Domains.SelectMany(domain => domain.Page!.Vcpu).Select(vcpu => (vcpu.DomId, vcpu.Vcpu, vcpu.IsLive)));
        Assert.All(report.Domains, domain => Assert.Equal(TimeSpan.Zero, domain.ClockOffset));
    }

    [Fact]
    public void WhatIsNotKnownIsANoteOfItsDomain()
    {
        var report = SomeReport.FromCapture();

        var own = report.Domains[0];
        Assert.False(own.IsAnyKnown);
        Assert.Contains(own.Notes, note => note.Message.Contains("pending and masked are not known", StringComparison.Ordinal));
        Assert.Empty(report.Domains[1].Notes);
    }

    [Fact]
    public void APageThatIsNotMappedIsANote()
    {
        var report = SomeReport.FromCapture("bookworm-hvm-2l-created.xencap");

        var guest = report.Domains.Single(domain => domain.Domain.SharedInfoFrame is null);
        Assert.Null(guest.Page);
        Assert.Null(guest.ClockOffset);
        Assert.Contains(guest.Notes, note => note.Message.Contains("mapped", StringComparison.Ordinal));
    }

    [Fact]
    public void ADomainThatDoesNotExistIsAnErrorOnceAndNoReport()
    {
        using var target = CaptureTarget.Open(SomeReport.Capture("bookworm-quick.xencap"));
        var observer = new RecordingObserver();

        Assert.Null(new HostReportQuery(target, observer).Run(new DomainSelection { DomIds = [99] }));

        Assert.Equal(XenErrorId.DomainNotFound, Assert.Single(observer.Errors).Id);
    }

    [Fact]
    public void ADomainThatIsSelectedTwiceIsReportedOnce()
    {
        using var target = CaptureTarget.Open(SomeReport.Capture("bookworm-quick.xencap"));

        var report = new HostReportQuery(target, new RecordingObserver()).Run(new DomainSelection { DomIds = [5, 5] })!;

        Assert.Equal(16, Assert.Single(report.Domains).Channels.Count());
    }

    [Fact]
    public void AllPartsAreViewsOfOneSampleOfEachPage()
    {
        var reads = new List<ushort>();
        var host = new FakeTarget(Some.TwoLevelGuest(domId: 3), Some.TwoLevelGuest(domId: 5)) { OnSample = reads.Add };

        var report = new HostReportQuery(host, new RecordingObserver()) { SampleTime = TimeSpan.Zero }.Run(DomainSelection.All)!;

        Assert.Equal([3, 5], reads);
        Assert.Equal(2, report.Domains.Count);
        Assert.All(report.Domains, domain =>
        {
            Assert.NotEmpty(domain.Channels);
            Assert.NotEmpty(domain.Results);
            Assert.All(
                domain.Channels.Select(channel => channel.TakenAt).Concat(domain.Results.Select(result => result.TakenAt)),
                takenAt => Assert.Equal(domain.Page!.TakenAt, takenAt));
        });
    }

    [Fact]
    public void ADomainThatGoesAwayWhileTheReportIsMadeIsNotJudged()
    {
        using var simulated = new SimulatedTarget(3);
        var looks = 0;
        var host = new HookedTarget(simulated) { BeforeDomains = () => { if (++looks == 3) simulated.End(2); } };

        var report = new HostReportQuery(host, new RecordingObserver()).Run(DomainSelection.All)!;

        var gone = report.Domains.Single(domain => domain.Domain.DomId == 2);
        Assert.Null(gone.Page);
        Assert.False(gone.IsJudged);
        Assert.Contains(gone.Notes, note => note.Message.Contains("ended while the report was created", StringComparison.Ordinal));
        Assert.All(report.Domains.Where(domain => domain.Domain.DomId is 1 or 3), domain => Assert.NotEmpty(domain.Results));
    }
}
