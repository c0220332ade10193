using System.Text;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Reports;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Queries;

/// <summary>Checks queries of a file, which does not change: they do not wait, read it only once, and use its own date.</summary>
public sealed class FilesAtRestTests
{
    private const string Log =
        "(XEN) 'e' pressed -> dumping event-channel info\n(XEN) Event channel information for domain 3:\n(XEN) Polling vCPUs: {}\n(XEN)    "
            + " port [p/m/s]\n"
        + "(XEN)        3 [0/0/1]: s=5 n=0 x=0 v=0\n";

    private readonly AutoTime _time = new();

    public static TheoryData<string> Kinds => new("capture", "core", "save", "log", "page");

    [Theory, MemberData(nameof(Kinds))]
    public void AFileIsNotWatched(string kind)
    {
        using var file = Open(kind);

        var error = Assert.Throws<XenException>(() =>
            Watchdog.Ends(() => Assert.Empty(new ChannelWatch(file, new RecordingObserver()) { Time = _time }.Run(DomainSelection.All))));

        Assert.Equal((XenErrorId.NotSupportedByHost, 0), (error.Id, _time.Waits.Count));
        Messages.AssertSentence(error.Message);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void AFileIsNotWaitedFor(string kind)
    {
        using var file = Open(kind);
        var domId = file.ReadDomains().Last().DomId;
        var channel = new EventChannelQuery(file, new RecordingObserver()).Run(new DomainSelection { DomIds = [domId] }).First();
        var wait = new ChannelWait(file, new RecordingObserver()) { Time = _time };

        foreach (var condition in Enum.GetValues<ChannelCondition>())
        {
            var error = Record.Exception(() => Watchdog.Ends(() => wait.Wait(domId, channel.Port, condition)));
            Assert.True(
                error
                    is null
                        or XenException { Id: XenErrorId.WaitTimedOut or XenErrorId.EventStateUnknown or XenErrorId.EventChannelNotFound },
                $"{condition}: {error}");
        }
        Assert.Equal(
            channel,
            wait.Wait(domId, channel.Port, channel.Pending == true ? ChannelCondition.Pending : ChannelCondition.Idle) with
            {
                Device = channel.Device,
            });
        Assert.Empty(_time.Waits);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void AReportOfAFileIsDatedAsTheFileIs(string kind)
    {
        using var file = Open(kind);

        var report = new HostReportQuery(file, new RecordingObserver()).Run(DomainSelection.All)!;

        Assert.Equal(file.TakenAt, report.TakenAt);
        Assert.All(report.Domains.SelectMany(domain => domain.Results), result =>
            Assert.True(result.TakenAt is null || result.TakenAt <= file.TakenAt?.AddMinutes(1), $"{result}"));
        if (kind == "capture")
            return;
        Assert.Null(report.TakenAt);
        Assert.Contains("at a time that is not in the file", SomeReport.Html(report), StringComparison.Ordinal);
    }

    [Fact]
    public void AReportReadsEachPageOfAFileOnce()
    {
        var guest = Some.TwoLevelGuest();
        var reads = 0;
        var file = new FakeTarget(guest) { IsLive = false, OnSample = _ => reads++ };

        new HostReportQuery(file, new RecordingObserver()) { SampleTime = TimeSpan.Zero }.Run(DomainSelection.All);

        Assert.Equal(1, reads);
    }

    private static IXenDataSource Open(string kind) => kind switch
    {
        "log" => TargetFile.Read(new MemoryStream(Encoding.ASCII.GetBytes(Log)), "log"),
        "page" => GuestImageTarget.FromPage(Some.TwoLevelPage(SharedInfoLayout.X86_64, 1, 2, 3), "page"),
        "capture" => TargetFile.Open(Path.Combine(AppContext.BaseDirectory, "data", "bookworm-quick.xencap")),
        _ => TargetFile.Open(Path.Combine(AppContext.BaseDirectory, "data", $"bookworm-pv-2l-2vcpu.{kind}")),
    };
}
