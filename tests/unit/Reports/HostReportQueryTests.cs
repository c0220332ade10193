using XenShared.Queries;
using XenShared.Reports;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Reports;

/// <summary>A report shows what the queries answer, and says what it does not know.</summary>
public sealed class HostReportQueryTests
{
    [Fact]
    public void HoldsWhatTheQueriesAnswer()
    {
        using var target = CaptureTarget.Open(SomeReport.Capture("bookworm-quick.xencap"));
        var observer = new RecordingObserver();

        var report = new HostReportQuery(target, observer).Run(DomainSelection.All)!;

        Assert.Empty(observer.Errors);
        Assert.Equal(target.TakenAt, report.TakenAt);
        Assert.Equal(new DomainQuery(target, observer).Run(DomainSelection.All), report.Domains.Select(domain => domain.Domain));
        Assert.Equal(new EventChannelQuery(target, new RecordingObserver()).Run(DomainSelection.All), report.Domains.SelectMany(domain => domain.Channels));
        Assert.Equal(new VcpuQuery(target, new RecordingObserver()).Run(DomainSelection.All).Select(vcpu => (vcpu.DomId, vcpu.Vcpu, vcpu.IsLive)),
            report.Domains.SelectMany(domain => domain.Page!.Vcpu).Select(vcpu => (vcpu.DomId, vcpu.Vcpu, vcpu.IsLive)));
        Assert.All(report.Domains, domain => Assert.Equal(TimeSpan.Zero, domain.ClockOffset));
    }

    [Fact]
    public void WhatIsNotKnownIsANoteOfItsDomain()
    {
        var report = SomeReport.OfCapture();

        var own = report.Domains[0];
        Assert.False(own.IsAnyKnown);
        Assert.Contains(own.Notes, note => note.Message.Contains("pending and masked are not known", StringComparison.Ordinal));
        Assert.Empty(report.Domains[1].Notes);
    }

    [Fact]
    public void APageThatIsNotMappedIsANote()
    {
        var report = SomeReport.OfCapture("bookworm-hvm-2l-created.xencap");

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
    public void ADomainAskedForTwiceIsThereOnce()
    {
        using var target = CaptureTarget.Open(SomeReport.Capture("bookworm-quick.xencap"));

        var report = new HostReportQuery(target, new RecordingObserver()).Run(new DomainSelection { DomIds = [5, 5] })!;

        Assert.Equal(16, Assert.Single(report.Domains).Channels.Count());
    }
}
