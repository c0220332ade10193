using System.Text;
using XenShared.Diagnosis;
using XenShared.Diagnosis.Rules;
using XenShared.Queries;
using XenShared.Reports;
using XenShared.Reports.Metrics;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Diagnosis;

/// <summary>
/// Checks that data that a source does not contain is neither a fault nor "no fault": each rule states for each domain what it judged, and
/// why it did not judge the rest.
/// </summary>
public sealed class NotJudgedTests
{
    private const string Log =
        "(XEN) 'e' pressed -> dumping event-channel info\n(XEN) Event channel information for domain 28:\n(XEN) Polling vCPUs: {}\n(XEN)   "
            + "  port [p/m/s]\n";

    private static readonly string[] s_eventRules =
    [
        "LostWakeup", "StuckMasked", "UpcallStuck", "UpcallMasked", "InterruptsOff", "VcpuOffline", "CallbackMissing", "ApicDisabled",
        "VectorNotTaken", "SelectorSilent",
    ];

    /// <summary>Gets every kind of source, and the parts that were captured of each.</summary>
    public static TheoryData<string, bool> Sources
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var file in Files.Keys)
            {
                data.Add(file, false);
                data.Add(file, true);
            }
            return data;
        }
    }

    private static Dictionary<string, Func<IXenDataSource>> Files
    {
        get
        {
            var files = Directory
                .GetFiles(Path.Combine(AppContext.BaseDirectory, "data"), "bookworm-*")
                .Where(file => !file.EndsWith(".txt", StringComparison.Ordinal))
                .ToDictionary(file => Path.GetFileName(file), file => (Func<IXenDataSource>)(() => TargetFile.Open(file)));
            files["log of an idle guest"] = () => Open(Log + "(XEN)        1 [0/0/1]: s=5 n=0 x=0 v=0\n");
            files["log of a hung guest"] = () =>
                Open(Log + "(XEN)        2 [1/1/1]: s=3 n=0 x=0 d=0 p=34\n(XEN)        3 [1/0/1]: s=5 n=0 x=0 v=0\n");
            files["log that is cut off"] = () => Open(Log + "(XEN)        2 [0/0/1]: s=3 n=0 x=0 d=0 p=34\n(XEN)        3 [1/0/");
            files["page"] = () => GuestImageTarget.FromPage(Some.TwoLevelPage(XenShared.Layout.SharedInfoLayout.X86_64, 1, 2, 3), "page");
            files["empty page"] = () => GuestImageTarget.FromPage(new byte[4096], "page");
            return files;
        }
    }

    [Theory, MemberData(nameof(Sources))]
    public void EveryRuleHasAResultForEveryDomainOfEverySource(string name, bool isCaptured)
    {
        using var target = Source(name, isCaptured);
        var observer = new RecordingObserver();

        var domains = new FaultQuery(target, observer).Diagnose(DomainSelection.All).ToArray();

        Assert.Equal(target.ReadDomains().Select(domain => domain.DomId), domains.Select(domain => domain.DomId));
        Assert.All(domains, domain =>
        {
            Assert.Equal(FaultRules.Names, domain.Results.Select(result => result.Rule));
            Assert.All(domain.Results, result =>
                Assert.True(result.Outcome != RuleOutcome.NotJudged || result.Reason is { Length: > 0 }, $"{result} without a reason"));
            Assert.All(domain.Results, result =>
                Assert.Equal(domain.Faults.Any(fault => fault.Rule == result.Rule), result.Outcome == RuleOutcome.Fault));
        });
    }

    [Theory, MemberData(nameof(Sources))]
    public void ReportAndMetricsShowTheSame(string name, bool isCaptured)
    {
        using var target = Source(name, isCaptured);
        var report = new HostReportQuery(target, new RecordingObserver()).Run(DomainSelection.All)!;
        var metrics = new XenMetrics();
        metrics.Add(report);
        var lines = metrics.Lines().Where(line => line.StartsWith("xenshared_domain_rule_judged{", StringComparison.Ordinal)).ToArray();
        var page = SomeReport.Html(report);

        Assert.Equal(report.Domains.Count * FaultRules.Names.Count, lines.Length);
        Assert.Equal(
            report.Domains.SelectMany(domain => domain.Results).Count(result => result.Outcome == RuleOutcome.NotJudged),
            lines.Count(line => line.EndsWith(" 0", StringComparison.Ordinal)));
        Assert.Equal(
            report.IsAnyJudged || report.Faults.Any(),
            metrics.Lines().Any(line => line.StartsWith("xenshared_faults{", StringComparison.Ordinal)));
        Assert.Equal(report.Domains.Any(domain => !domain.IsJudged), page.Contains("not fully judged", StringComparison.Ordinal));
        Assert.Equal(report.IsAnyJudged && !report.Faults.Any(), page.Contains("no fault found", StringComparison.Ordinal));
        Assert.Equal(target.TakenAt, report.TakenAt);
    }

    [Theory]
    [InlineData("bookworm-pv-2l-2vcpu.core")]
    [InlineData("bookworm-pvh-fifo.save")]
    [InlineData("page")]
    public void NoFileWithoutATableOfPortsIsAnAllClear(string name)
    {
        using var target = Source(name, isCaptured: false);

        var domain = Assert.Single(new FaultQuery(target, new RecordingObserver()).Diagnose(DomainSelection.All));

        Assert.All(domain.Results.Where(result => s_eventRules.Contains(result.Rule)), result =>
            Assert.Equal(RuleOutcome.NotJudged, result.Outcome));
    }

    [Fact]
    public void ALogOfAHungGuestIsJudgedAndGradedDown()
    {
        using var target = Source("log of a hung guest", isCaptured: false);

        var faults = new FaultQuery(target, new RecordingObserver()).Run(DomainSelection.All).ToArray();

        Assert.Equal([("LostWakeup", 3u), ("StuckMasked", 2u)], faults.Select(fault => (fault.Rule, fault.Port!.Value)));
        Assert.All(faults, fault => Assert.Equal((FaultSeverity.Information, null), (fault.Severity, fault.TakenAt)));
    }

    [Fact]
    public void APortThatALogDoesNotListIsNotClosedAndADomainIsNotMissing()
    {
        using var target = Open(
            Log.Replace("28", "0", StringComparison.Ordinal)
                + "(XEN)       33 [0/0/1]: s=3 n=0 x=0 d=28 p=9\n(XEN)       34 [0/0/1]: s=3 n=0 x=0 d=5 p=1\n"
                + "(XEN) Event channel information for domain 28:\n(XEN) Polling vCPUs: {}\n(XEN)     port [p/m/s]\n(XEN)        1 "
                + "[0/0/1]: s=3 n=0 x=0 d=0 p=33\n");

        var own = new FaultQuery(target, new RecordingObserver())
            .Diagnose(DomainSelection.All)
            .First()
            .Results.Single(result => result.Rule == "PeerGone");

        Assert.Equal((RuleOutcome.NotJudged, "the far end of its channels is not known"), (own.Outcome, own.Reason));
    }

    [Fact]
    public void ALogThatIsCutOffDoesNotShowHowManyPortsThereAre()
    {
        using var target = Source("log that is cut off", isCaptured: false);

        var results = Assert.Single(new FaultQuery(target, new RecordingObserver()).Diagnose(DomainSelection.All)).Results;

        Assert.All(results, result => Assert.Equal((result.Rule, RuleOutcome.NotJudged), (result.Rule, result.Outcome)));
    }

    [Fact]
    public void AnEventThatWaitsOnOneUnknownChannelIsNoAllClear()
    {
        var guest = Some.FifoGuest();
        var target = new RecordedTarget(guest) { IsLive = false };

        var results = Assert
            .Single(new FaultQuery(target, new RecordingObserver()).Diagnose(DomainSelection.All))
            .Results.ToDictionary(result => result.Rule);

        Assert.Equal((RuleOutcome.NotJudged, RuleOutcome.NotJudged), (results["LostWakeup"].Outcome, results["StuckMasked"].Outcome));
    }

    [Theory]
    [InlineData(DomainState.Paused, "a domain that is paused handles no event")]
    [InlineData(DomainState.Crashed, "its state is Crashed: it no longer runs")]
    public void ADomainThatDoesNotRunIsNotJudgedByItsEvents(DomainState state, string reason)
    {
        var guest = Some.TwoLevelGuest();
        guest.Reading = guest.Reading with { State = state };

        var results = Assert
            .Single(new FaultQuery(new RecordedTarget(guest), new RecordingObserver()) { SampleCount = 2 }.Diagnose(DomainSelection.All))
            .Results;

        Assert.Equal(
            [(RuleOutcome.NotJudged, reason)],
            results.Where(result => s_eventRules.Contains(result.Rule)).Select(result => (result.Outcome, result.Reason)).Distinct());
    }

    [Fact]
    public void AWarningForEachDomainNamesTheRulesAndOneAdvisesASecondSample()
    {
        using var target = Source("bookworm-quick.xencap", isCaptured: false);
        var observer = new RecordingObserver();

        Assert.Empty(new FaultQuery(target, observer).Run(DomainSelection.All));

        Assert.Equal([(ushort)0, null, null, null], observer.Warnings.Select(warning => warning.DomId));
        Assert.StartsWith(
            "Domain 0 (Domain-0) was not judged by LostWakeup, StuckMasked, ",
            observer.Warnings[0].Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            $"The rules about devices did not judge {target.DisplayName}: ",
            observer.Warnings[2].Message,
            StringComparison.Ordinal);
        Assert.All(observer.Warnings, warning => Assert.EndsWith(".", warning.Message, StringComparison.Ordinal));
    }

    private static IXenDataSource Open(string log) => TargetFile.Read(new MemoryStream(Encoding.ASCII.GetBytes(log)), "log");

    private static IXenDataSource Source(string name, bool isCaptured)
    {
        var target = Files[name]();
        if (!isCaptured) return target;
        using (target)
        {
            var capture = new MemoryStream();
            new CaptureExport(target, new RecordingObserver()).Run(DomainSelection.All, capture);
            capture.Position = 0;
            return CaptureTarget.Read(capture, "capture");
        }
    }
}
