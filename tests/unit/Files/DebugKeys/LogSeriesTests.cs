using System.Text;
using XenShared.Diagnosis;
using XenShared.Diagnosis.Evidence;
using XenShared.Files.DebugKeys;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files.DebugKeys;

/// <summary>Tests that the dumps of one log are samples of a series, and that each can be selected.</summary>
public sealed class LogSeriesTests
{
    private const string Banner = "(XEN) Xen version 4.17.7 (Debian 4.17.7-1) (x@y) gcc debug=n  Wed Nov  4\n";

    // Port 1 is a virtual interrupt, so the domain handles events; port 2 has been pending and masked in each dump.
    [Theory]
    [InlineData(1, "in the only sample", FaultSeverity.Information)]
    [InlineData(2, "in all 2 samples of 10.0 s", FaultSeverity.Warning)]
    [InlineData(3, "in all 3 samples of 20.0 s", FaultSeverity.Warning)]
    public void Dumps_with_dates_are_samples(int dumps, string text, FaultSeverity severity)
    {
        var log = string.Concat(Enumerable.Range(0, dumps).Select(dump => Channels(dump * 10)));

        var fault = Assert.Single(Faults(log));

        Assert.Contains(text, fault.Evidence, StringComparison.Ordinal);
        Assert.Equal(("StuckMasked", severity), (fault.Rule, fault.Severity));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[   12.123456] ")]
    [InlineData("[000000ab12cd34ef] ")]
    public void Without_a_date_only_the_order_is_known(string stamp)
    {
        var fault = Assert.Single(Faults(Channels(stamp) + Channels(stamp)));

        Assert.Contains("in all 2 samples (their times are not known)", fault.Evidence, StringComparison.Ordinal);
        Assert.Equal((FaultSeverity.Information, null), (fault.Severity, fault.TakenAt));
    }

    // The clock of a logger was set back, or a log without a time zone has passed the end of summer time.
    [Fact]
    public void Dates_that_do_not_ascend_are_not_used() =>
        Assert.Contains(
            "in all 2 samples (their times are not known)",
            Assert.Single(Faults(Channels(10) + Channels(0))).Evidence,
            StringComparison.Ordinal);

    [Fact]
    public void A_dump_from_before_the_start_of_Xen_is_no_sample() =>
        Assert.Contains(
            "in the only sample",
            Assert.Single(Faults(Banner + Channels(0) + Banner + Channels(10))).Evidence,
            StringComparison.Ordinal);

    // A ring or a search can have lost the line with the version.
    [Theory]
    [InlineData("(XEN) Command line: placeholder dom0_mem=1G\n")]
    [InlineData("(XEN) *** LOADING DOMAIN 0 ***\n")]
    [InlineData("(XEN) *** Building a PV Dom0 ***\n")]
    [InlineData("(XEN) *** Building a PVH Dom0 ***\n")]
    public void Each_line_of_the_start_of_Xen_separates_dumps(string line) =>
        Assert.Contains("in the only sample", Assert.Single(Faults(Channels(0) + line + Channels(10))).Evidence, StringComparison.Ordinal);

    [Theory]
    [InlineData("[ 9000.1] ", "[   12.1] ", false)]
    [InlineData("[ 9000.123456] ", "[    9.123456] ", false)]
    [InlineData("[   12.1] ", "[ 9000.1] ", true)]
    [InlineData("[   12.1] ", "", true)]
    [InlineData("[000000ab12cd34ef] ", "[   12.1] ", true)]
    public void Dumps_are_of_two_starts_if_the_time_since_the_start_decreases(string first, string second, bool isSeries)
    {
        var expected = isSeries ? "in all 2 samples" : "in the only sample";

        Assert.Contains(expected, Assert.Single(Faults(Channels(first) + Channels(second))).Evidence, StringComparison.Ordinal);

        using var target = Open(States(first) + Channels(second));
        Assert.Equal(isSeries, target.DomainStates is not null);
    }

    [Fact]
    public void A_damaged_time_within_a_dump_does_not_end_it()
    {
        var damaged = Channels("[ 9000.1] ").Replace("[ 9000.1]     port", "[ 90.1]     port", StringComparison.Ordinal);

        using var target = Open(damaged + Channels("[ 9001.1] "));

        Assert.Single(target.EarlierDumps);
    }

    [Fact]
    public void A_port_that_changed_between_two_dumps_has_no_fault() =>
        Assert.Empty(Faults(Channels(0).Replace("2 [1/1", "2 [0/1", StringComparison.Ordinal) + Channels(10)));

    [Fact]
    public void A_dump_that_was_selected_by_its_number_is_judged_alone() =>
        Assert.Contains("in the only sample", Assert.Single(Faults(Channels(0) + Channels(10), 2)).Evidence, StringComparison.Ordinal);

    // The number was used again by a toolstack that selects the numbers of domains.
    [Fact]
    public void Another_domain_with_the_same_number_is_no_sample() =>
        Assert.Contains(
            "in the only sample",
            Assert.Single(Faults(Channels(0) + States(1, id: 'a') + Channels(10) + States(11, id: 'b'))).Evidence,
            StringComparison.Ordinal);

    [Fact]
    public void A_domain_that_was_paused_in_one_dump_is_not_judged_by_its_events() =>
        Assert.Empty(Faults(Channels(0) + States(1, pauses: 1) + Channels(10) + States(11)));

    [Theory]
    [InlineData(100, 100, RuleOutcome.Fault, "")]
    [InlineData(101, 100, RuleOutcome.NoFault, "")]
    [InlineData(100, 100, RuleOutcome.NotJudged, DomainEvidence.NeedsTimes)]
    public void A_log_with_states_only_is_judged_by_all_of_them(int before, int after, RuleOutcome outcome, string reason)
    {
        var log = States(0, dying: 2, pages: before) + States(10, dying: 2, pages: after);
        if (reason.Length > 0) log = Undated(log);

        var result = Result(log, "DyingDomain");

        Assert.Equal((outcome, reason), (result.Outcome, result.Reason ?? ""));
    }

    // One dump of states is not two samples of it.
    [Theory]
    [InlineData("eqe")]
    [InlineData("qee")]
    [InlineData("eeq")]
    public void Each_dump_of_states_counts_once(string order)
    {
        var log = string.Concat(order.Select((key, at) => key == 'e' ? Channels(at * 10) : States(at * 10, dying: 2)));

        Assert.NotEqual(RuleOutcome.Fault, Result(log, "DyingDomain").Outcome);
    }

    [Theory]
    [InlineData("qq", null, 2)]
    [InlineData("qq", 1, 1)]
    [InlineData("qqq", 2, 2)]
    [InlineData("eqeq", 1, 1)]
    [InlineData("eqeq", 2, 2)]
    [InlineData("qeqe", 1, 2)]
    [InlineData("qee", 2, 1)]
    [InlineData("eeq", 1, 1)]
    public void Each_dump_is_shown_with_the_states_that_belong_to_it(string order, int? dump, int states)
    {
        var number = 0;
        var log = string.Concat(order.Select((key, at) => key == 'e' ? Channels(at) : States(at, pages: ++number)));

        using var target = Open(log, dump);

        Assert.Equal((ulong)states, target.DomainStates!.Domains[3].Pages);
        Assert.Equal(number > 1, target.DomainStates.Remark is not null);
    }

    [Fact]
    public void A_number_without_a_dump_is_refused()
    {
        var error = Assert.Throws<XenException>(() => Open(States(0) + States(1), 3));

        Assert.Equal(XenErrorId.FileNotRecognised, error.Id);
        Assert.Contains("has 2 dumps of debug key 'q', but no dump 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void States_from_before_the_start_of_Xen_do_not_belong_to_a_later_dump()
    {
        using var target = Open(Banner + States(0) + Banner + Channels(1));

        Assert.Null(target.DomainStates);
    }

    [Fact]
    public void Of_many_dumps_the_last_ones_are_kept()
    {
        var text = string.Concat(Enumerable.Repeat(Channels("") + States(""), ConsoleLogReader.MaximumDumps + 5));

        using var target = Open(text);

        Assert.Equal(ConsoleLogReader.MaximumDumps - 1, target.EarlierDumps.Count);
        Assert.All(target.EarlierDumps, dump => Assert.NotNull(dump.DomainStates));
        using var first = Open(string.Concat(Enumerable.Repeat(States(""), ConsoleLogReader.MaximumDumps + 5)), 1);
        Assert.NotNull(first.DomainStates);
    }

    private static XenFault[] Faults(string log, int? dump = null)
    {
        using var target = Open(log, dump);
        return [.. new FaultQuery(target, new RecordingObserver()).Run(DomainSelection.All)];
    }

    // Domain 4 is known from debug key 'q' only, so it has no channels.
    [Theory, MemberData(nameof(Parts))]
    public void A_capture_of_any_part_of_a_log_can_be_read(CaptureParts part)
    {
        using var target = Open(Channels(0) + States(1).Replace("domain 3", "domain 4", StringComparison.Ordinal));
        var output = new MemoryStream();

        var count = new CaptureExport(target, new RecordingObserver()) { Parts = part }.Run(DomainSelection.All, output);

        Assert.Equal(2, count);
        using var capture = TargetFile.Read(new MemoryStream(output.ToArray()), "x");
        Assert.Equal([3, 4], capture.ReadDomains().Select(domain => (int)domain.DomId));
    }

    public static TheoryData<CaptureParts> Parts => [.. Enum.GetValues<CaptureParts>()];

    private static XenRuleResult Result(string log, string rule)
    {
        using var target = Open(log);
        return new FaultQuery(target, new RecordingObserver())
            .Diagnose(DomainSelection.All)
            .Single()
            .Results.Single(result => result.Rule == rule);
    }

    private static IXenDataSource Open(string log, int? dump = null) =>
        TargetFile.Read(new MemoryStream(Encoding.Latin1.GetBytes(log)), "x", dump);

    private static string Undated(string log) => log.Replace("2026-11-22 ", "", StringComparison.Ordinal);

    private static string Stamp(int second) => $"[2026-11-22 12:00:{second:00}] ";

    private static string Channels(int second) => Channels(Stamp(second));

    private static string Channels(string stamp) => Stamped(stamp, """
        'e' pressed -> dumping event-channel info
        Event channel information for domain 3:
        Polling vCPUs: {}
            port [p/m/s]
               1 [0/0/1]: s=5 n=0 x=0 v=0
               2 [1/1/1]: s=3 n=0 x=0 d=0 p=22

        """);

    private static string States(int second, int pauses = 0, int dying = 0, int pages = 100, char id = 'a') =>
        States(Stamp(second), pauses, dying, pages, id);

    private static string States(string stamp, int pauses = 0, int dying = 0, int pages = 100, char id = 'a') => Stamped(stamp, $$"""
        'q' pressed -> dumping domain info (now = 1234567890)
        General information for domain 3:
            refcnt=3 dying={{dying}} pause_count={{pauses}}
            nr_pages={{pages}} xenheap_pages=5 dirty_cpus={} max_pages=4294967295
            handle=0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f{{id}} vm_assist=00000020
        VCPU information and callbacks for domain 3:
            VCPU0: CPU0 [has=F] poll=0 upcall_pend=01 upcall_mask=00
            pause_count=0 pause_flags=1
        Notifying guest 0:0 (virq 1, port 8)

        """);

    private static string Stamped(string stamp, string text) =>
        string.Concat(text.Split('\n').SkipLast(1).Select(line => $"(XEN) {stamp}{line}\n"));
}
