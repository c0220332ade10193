using System.Text;
using XenShared.Diagnosis;
using XenShared.Diagnosis.Rules;
using XenShared.Hypervisor;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;
using XenShared.Tests.Targets.Simulated;

namespace XenShared.Tests.Diagnosis.Rules;

/// <summary>Tests the rule about destroyed domains that do not end.</summary>
public sealed class DyingDomainTests : IDisposable
{
    private const string Rule = "DyingDomain";

    private readonly SimulatedTarget _target = new(15);
    private readonly ushort _domId;
    private readonly SimulatedGuest _guest;

    public DyingDomainTests()
    {
        _domId = SimulatedTargetTests.DomainOf(_target, SimulatedKind.PvhTwoLevel);
        _guest = _target.Guest(_domId);
    }

    public void Dispose() => _target.Dispose();

    [Fact]
    public void TheProcessesThatCanHoldItAreNamedAndDaemonsAreLast()
    {
        _guest.Destroy(heldPages: 1);

        var fault = Assert.IsType<XenFault>(Judge(_target, 3).Fault);

        Assert.Equal((FaultSeverity.Warning, _domId), (fault.Severity, fault.DomId));
        Assert.Null(fault.DomainName);
        Assert.Contains("it is dying in all 3 samples of ", fault.Evidence, StringComparison.Ordinal);
        Assert.Contains("and Xen still counts 1 page of it", fault.Evidence, StringComparison.Ordinal);
        Assert.Contains(
            "mapped: qemu-system-i38 (2114), xenstored (731), xenconsoled (742).",
            fault.Evidence,
            StringComparison.Ordinal);
        Assert.Contains("End or restart the process that worked with this domain", fault.Advice, StringComparison.Ordinal);
        Assert.Contains("a backend in the kernel can hold it", fault.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutAnyPageAPageOfXenIsHeld()
    {
        _guest.Destroy(heldPages: 0);

        Assert.Contains("a page that Xen shares with it", Judge(_target, 3).Fault!.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void MemoryThatShrinksIsADestructionInProgress()
    {
        ulong pages = 30_000;
        _guest.Destroy(pages);
        using var source = new HookedTarget(_target) { BeforeSamples = _ => _guest.Destroy(pages -= 1000) };

        Assert.Equal((null, RuleOutcome.NoFault, null), Judge(source, 3));
    }

    [Fact]
    public void ADomainThatWasAliveInAnEarlierSampleIsNotJudged()
    {
        using var source = new HookedTarget(_target) { BeforeSamples = _ => _guest.Destroy(heldPages: 1) };

        Assert.Equal((null, RuleOutcome.NotJudged, "its destruction has just begun"), Judge(source, 3));
    }

    [Fact]
    public void OneSampleIsNotJudged()
    {
        _guest.Destroy(heldPages: 1);

        var (fault, outcome, reason) = Judge(_target, 1);

        Assert.Equal((null, RuleOutcome.NotJudged), (fault, outcome));
        Assert.StartsWith("one sample cannot show it", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryOtherRuleDoesNotJudgeIt()
    {
        _guest.Destroy(heldPages: 1);

        var domain = Assert.Single(Diagnose(_target, 3));

        Assert.Equal([Rule], FaultRules.All.Where(rule => rule.JudgesDying).Select(rule => rule.Name));
        Assert.All(
            domain.Results.Where(result => result.Rule != Rule),
            result => Assert.Equal(
                (RuleOutcome.NotJudged, "its state is Dying: it no longer runs"),
                (result.Outcome, result.Reason)));
    }

    [Theory]
    [InlineData(DomainState.Running, RuleOutcome.NoFault, null)]
    [InlineData(DomainState.Paused, RuleOutcome.NoFault, null)]
    [InlineData(DomainState.Crashed, RuleOutcome.NotJudged, "its state is Crashed: it no longer runs")]
    [InlineData(null, RuleOutcome.NotJudged, "its state is not known")]
    public void ADomainThatIsNotDying(DomainState? state, RuleOutcome outcome, string? reason)
    {
        var domain = new FakeDomain { Reading = Some.Domain() with { State = state }, Samples = [Some.Sample(new byte[4096])] };
        using var source = new RecordedTarget(domain);

        Assert.Equal((null, outcome, reason), Judge(source, 2));
    }

    [Fact]
    public void AProcessThatWasNotThereInEachSampleDoesNotHoldIt()
    {
        using var source = new ProcessTarget(
            new MappingProcessTable([new(7, "xl"), new(9, "\u001b[31mheld\n")], IsComplete: true),
            new MappingProcessTable([new(9, "\u001b[31mheld\n"), new(11, "xl")], IsComplete: true));

        var evidence = Judge(source, 2).Fault!.Evidence;

        Assert.EndsWith("mapped: ?[31mheld? (9).", evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void AnIncompleteListIsReported()
    {
        using var source = new ProcessTarget(
            new MappingProcessTable([], IsComplete: false),
            new MappingProcessTable([new(11, null)], IsComplete: true));

        Assert.EndsWith("mapped: ? (11); not all processes could be read.", Judge(source, 2).Fault!.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutAnyProcessTheKernelIsNamed()
    {
        using var source = new ProcessTarget(new MappingProcessTable([], true), new MappingProcessTable([], true));

        var fault = Judge(source, 2).Fault!;

        Assert.EndsWith(
            "No process of domain 0 has pages of other domains mapped in each sample.",
            fault.Evidence,
            StringComparison.Ordinal);
        Assert.StartsWith("Without such a process, a backend in the kernel can hold it", fault.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void ManyProcessesAreCounted()
    {
        var many = new MappingProcessTable([.. Enumerable.Range(1, 20).Select(number => new MappingProcess(number, "p"))], true);
        using var source = new ProcessTarget(many, many);

        Assert.EndsWith("p (8) and 12 more.", Judge(source, 2).Fault!.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void ProcessesThatCannotBeReadAreNotKnown()
    {
        using var source = new ProcessTarget();

        var evidence = Judge(source, 2).Fault!.Evidence;

        Assert.EndsWith("The processes that can hold it are not known: There is no /proc.", evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void ACaptureOfAnEarlierVersionDoesNotNameThem()
    {
        using var source = new ProcessTarget(null, null);

        Assert.Contains("are not known: the samples do not contain them", Judge(source, 2).Fault!.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void TwoCapturesAreJudgedAsALiveHost()
    {
        using var earlier = Capture("2026-11-22T09:30:00");
        using var later = Capture("2026-11-22T09:30:04");

        var domain = Assert.Single(
            new FaultQuery(later, new RecordingObserver()) { References = [earlier] }.Diagnose(DomainSelection.All));

        var fault = Assert.Single(domain.Faults);
        Assert.Equal((Rule, FaultSeverity.Warning), (fault.Rule, fault.Severity));
        Assert.Contains("after its shutdown (Crash)", fault.Evidence, StringComparison.Ordinal);
        Assert.Contains("in all 2 samples of 4.0 s, and Xen still counts 32,768 pages of it", fault.Evidence, StringComparison.Ordinal);
        Assert.EndsWith("mapped: gdbsx (77), xenstored (7).", fault.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void ACaptureContainsTheProcessesOfADyingDomainOnly()
    {
        _guest.Destroy(heldPages: 1);
        using var stream = new MemoryStream();
        new CaptureExport(_target, new RecordingObserver()).Run(new DomainSelection { DomIds = [_domId, 2] }, stream);
        stream.Position = 0;

        using var capture = CaptureTarget.Read(stream, "capture");

        Assert.Equal(_target.ReadMappingProcesses(_domId).Processes, capture.ReadMappingProcesses(_domId)!.Processes);
        Assert.Null(capture.ReadMappingProcesses(2));
        Assert.Equal(1ul, capture.ReadDomain(_domId).TotalPages);
    }

    private static CaptureTarget Capture(string time)
    {
        var domain = CaptureText.Domain().Replace("\"Blocked\"", "\"Dying\",\"shutdownReason\":\"Crash\"", StringComparison.Ordinal);
        const string Holders =
            """{"kind":"holders","domid":5,"processes":[{"pid":7,"name":"xenstored"},{"pid":77,"name":"gdbsx"}]}""";
        var text = CaptureText.Complete(domain, Holders).Replace("2026-11-22T09:30:00", time, StringComparison.Ordinal);
        return CaptureText.Open(Encoding.UTF8.GetBytes(text));
    }

    private static (XenFault? Fault, RuleOutcome Outcome, string? Reason) Judge(IXenDataSource source, int samples)
    {
        var domain = Diagnose(source, samples).First();
        var result = domain.Results.Single(result => result.Rule == Rule);
        return (domain.Faults.SingleOrDefault(fault => fault.Rule == Rule), result.Outcome, result.Reason);
    }

    private static DomainDiagnosis[] Diagnose(IXenDataSource source, int samples) =>
    [
        .. new FaultQuery(source, new RecordingObserver()) { SampleCount = samples }
            .Diagnose(source is FakeTarget ? DomainSelection.All : new DomainSelection { DomIds = [5] }),
    ];

    /// <summary>Represents a host with a dying domain, and with a list of processes for each sample.</summary>
    private sealed class ProcessTarget(params MappingProcessTable?[] tables)
        : FakeTarget(new FakeDomain { Reading = Some.Domain() with { State = DomainState.Dying, TotalPages = 1 } }), IXenDataSource
    {
        private int _sample;

        public bool IsRealTime => false;

        public DateTimeOffset? GetTime(ushort domId) => Some.Start.AddSeconds(2 * _sample);

        public IReadOnlyList<DomainSample> ReadSamples(DomainInfo domain, bool runStates = true) =>
            throw Some.Error(XenErrorId.SharedInfoNotMapped);

        public MappingProcessTable? ReadMappingProcesses(ushort domId) =>
            _sample++ < tables.Length
                ? tables[_sample - 1]
                : throw new XenException(XenErrorId.NotSupportedByHost, "There is no /proc", "mount it");
    }
}
