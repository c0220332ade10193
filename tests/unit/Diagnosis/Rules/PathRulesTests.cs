using XenShared.Diagnosis;
using XenShared.Diagnosis.Evidence;
using XenShared.Diagnosis.Rules;
using XenShared.Hypervisor;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;
using XenShared.Tests.Targets.Simulated;

namespace XenShared.Tests.Diagnosis.Rules;

/// <summary>Checks the rules that need processor states: when these are read, and that no state of a busy guest is a fault.</summary>
public sealed class PathRulesTests
{
    // What differs from a fault in one value, in the given read or in all, and is none.
    private static readonly Dictionary<string, (string Rule, Func<VcpuContext, int, VcpuContext> Change, bool IsOpen)> s_noFaults = new()
    {
        ["interrupts on in one read"] = ("InterruptsOff", (context, read) => context with { InterruptFlag = read == 1 }, false),
        ["a kernel that runs from place to place"] = ("InterruptsOff", Moves, true),
        ["a busy kernel that was in the same hypercall three times"] = (
            "InterruptsOff", (context, read) => context with { InterruptFlag = read == 12 }, false),
        ["a busy kernel that was at the same place three times"] = (
            "InterruptsOff", (context, read) => read == 12 ? Moves(context, read) : context, true),
        ["a vCPU that sleeps until a lock is free"] = (
            "InterruptsOff", (context, read) => Run(context, run => run with { Blocked = read != 2 }), false),
        ["a vCPU without processor time"] = (
            "InterruptsOff", (context, _) => Run(context, run => run with { CpuTimeNanoseconds = 7 }), false),
        ["an unknown interrupt flag"] = (
            "InterruptsOff", (context, _) => context with { InterruptFlag = null, WhyUnknown = "refused" }, true),
        ["a vCPU that is missing in a further read"] = (
            "InterruptsOff", (context, read) => read == 12 ? context with { Vcpu = 99 } : context, true),
        ["an unknown interrupt flag in a further read"] = (
            "InterruptsOff", (context, read) => read == 12 ? context with { InterruptFlag = null, WhyUnknown = "refused" } : context, true),
        ["an unknown place in a further read"] = (
            "InterruptsOff",
            (context, read) => read == 12 ? context with { InstructionPointer = null, WhyUnknown = "refused" } : context,
            true),
        ["an unknown interrupt flag in a further read, and interrupts on in the next"] = (
            "InterruptsOff",
            (context, read) => read is 12 or 13 ? context with { InterruptFlag = read == 12 ? null : true } : context,
            false),
        ["a callback in one read"] = (
            "CallbackMissing", (context, read) => context with { EventCallback = read == 1 ? 4096u : 0 }, false),
        ["an unknown callback"] = (
            "CallbackMissing", (context, _) => context with { EventCallback = null, WhyUnknown = "refused" }, true),
        ["an enabled APIC in one read"] = (
            "ApicDisabled", (context, read) => context with { Apic = context.Apic! with { IsEnabled = read == 1 } }, false),
        ["a GSI, which may need no APIC"] = ("ApicDisabled", (context, _) => context with { CallbackIrq = 10 }, true),
        ["an unknown APIC"] = ("ApicDisabled", (context, _) => context with { Apic = null, WhyUnknown = "refused" }, true),
        ["no vector in service in one read"] = (
            "VectorNotTaken",
            (context, read) => context with { Apic = context.Apic! with { InService = read == 1 ? [] : context.Apic.InService } },
            false),
        ["a busy guest with a vector in service"] = ("VectorNotTaken", Moves, true),
        ["a busy guest that was at the same place three times"] = (
            "VectorNotTaken", (context, read) => read == 12 ? Moves(context, read) : context, true),
        ["a busy guest that had a vector in service three times"] = (
            "VectorNotTaken",
            (context, read) => read == 12 ? context with { Apic = context.Apic! with { InService = [] } } : context,
            false),
        ["an unknown APIC in a further read"] = (
            "VectorNotTaken", (context, read) => read == 12 ? context with { Apic = null, WhyUnknown = "refused" } : context, true),
        ["interrupts off"] = ("VectorNotTaken", (context, _) => context with { InterruptFlag = false }, false),
    };

    public static TheoryData<string> NoFaults => [.. s_noFaults.Keys];

    public static TheoryData<string> ContextRules => [.. FaultRules.All.Where(rule => rule.NeedsContexts).Select(rule => rule.Name)];

    [Theory]
    [MemberData(nameof(NoFaults))]
    public void AStateThatDiffersInOneValueIsNoFault(string name)
    {
        var (rule, change, isOpen) = s_noFaults[name];
        using var ill = new SimulatedTarget(15);
        var domId = Cause(ill, rule);
        var reads = 0;
        var hooked = new HookedTarget(ill)
        {
            ChangeContexts = contexts =>
            {
                var read = reads++;
                return [.. contexts.Select(context => change(context, read))];
            },
        };

        var domain = Assert.Single(Query(hooked, rule).Diagnose(new DomainSelection { DomIds = [domId] }));

        Assert.Empty(domain.Faults);
        Assert.Equal(isOpen ? RuleOutcome.NotJudged : RuleOutcome.NoFault, Assert.Single(domain.Results).Outcome);
        Assert.True(reads >= EventPathQuery.ReadCount);
    }

    [Theory]
    [MemberData(nameof(ContextRules))]
    public void NothingIsPausedUnlessAnEventWaitsAndARuleNeedsIt(string rule)
    {
        using var target = new SimulatedTarget(15);
        var reads = 0;
        var hooked = new HookedTarget(target) { ChangeContexts = contexts => ++reads > 0 ? contexts : [] };
        var selection = new DomainSelection { DomIds = [FaultDomain(target, rule)] };

        Assert.Empty(Query(hooked, rule).Run(selection));
        Assert.Equal(0, reads);

        Cause(target, rule);
        _ = Query(hooked, "LostWakeup").Run(selection).Count();
        var unread = Assert.Single(Assert.Single(Query(hooked, rule, pauses: false).Diagnose(selection)).Results);
        Assert.Equal(
            (RuleOutcome.NotJudged, "its vCPUs were not paused to read their processor states", 0),
            (unread.Outcome, unread.Reason, reads));

        Assert.NotEmpty(Query(hooked, rule).Run(selection));
        // A vCPU that was at one place each time, without taking interrupts, is read in quick succession too.
        Assert.Equal(EventPathQuery.ReadCount + (rule is "InterruptsOff" or "VectorNotTaken" ? 20 : 0), reads);
    }

    [Theory]
    [MemberData(nameof(ContextRules))]
    public void ACaptureWithProcessorStatesGivesTheSameFault(string rule)
    {
        using var host = new SimulatedTarget(15);
        using var twin = new SimulatedTarget(15);
        var selection = new DomainSelection { DomIds = [Cause(host, rule)] };
        Cause(twin, rule);
        using var capture = Capture(twin, CaptureParts.Standard | CaptureParts.VcpuContexts, EventPathQuery.ReadCount);

        var live = Query(host, rule).Run(selection).ToArray();
        var faults = Query(capture, rule).Run(selection).ToArray();

        Assert.NotEmpty(live);
        Assert.Equal(
            live.Select(fault => (fault.Severity, fault.Port, fault.Vcpu, fault.Advice)),
            faults.Select(fault => (fault.Severity, fault.Port, fault.Vcpu, fault.Advice)));
        Assert.All(faults, fault => Assert.Equal(FaultSeverity.Critical, fault.Severity));
    }

    [Theory]
    [MemberData(nameof(ContextRules))]
    public void ACaptureWithoutProcessorStatesIsNotJudgedAndSaysWhatWritesThem(string rule)
    {
        using var host = new SimulatedTarget(15);
        var selection = new DomainSelection { DomIds = [Cause(host, rule)] };
        using var capture = Capture(host, CaptureParts.Standard, reads: 1);
        var observer = new RecordingObserver();

        var result = Assert.IsType<XenRuleResult>(
            Assert.Single(new FaultQuery(capture, observer) { Rules = [rule] }.RunWithResults(selection, includeResults: true)));

        Assert.Equal((RuleOutcome.NotJudged, DomainEvidence.NeedsContexts), (result.Outcome, result.Reason));
        Assert.Contains("Export-XenCapture -IncludeVcpuContext", Assert.Single(observer.Warnings).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(ContextRules))]
    public void ARemoteHostGivesTheSameFault(string rule)
    {
        using var host = new SimulatedTarget(15);
        using var twin = new SimulatedTarget(15);
        var selection = new DomainSelection { DomIds = [Cause(host, rule)] };
        Cause(twin, rule);
        using var remote = new HookedTarget(twin) { IsRemote = true };

        var live = Query(host, rule).Run(selection).ToArray();
        var faults = Query(remote, rule).Run(selection).ToArray();

        Assert.NotEmpty(live);
        Assert.Equal(
            live.Select(fault => (fault.Severity, fault.Port, fault.Vcpu, fault.Advice)),
            faults.Select(fault => (fault.Severity, fault.Port, fault.Vcpu, fault.Advice)));
    }

    // The interrupt flag explains why the vCPU does not react.
    [Fact]
    public void AVcpuThatSpinsWithInterruptsOffIsOneFault()
    {
        using var target = new SimulatedTarget(15);
        var domId = Cause(target, "InterruptsOff");

        var fault = Assert.Single(new FaultQuery(target, new RecordingObserver()).Run(new DomainSelection { DomIds = [domId] }));

        Assert.Equal(("InterruptsOff", 0), (fault.Rule, fault.Vcpu!.Value));
    }

    [Fact]
    public void ADomainThatEndsDuringTheReadsIsNotJudged()
    {
        using var target = new SimulatedTarget(15);
        var domId = Cause(target, "InterruptsOff");
        var hooked = new HookedTarget(target);
        hooked.ChangeContexts = contexts =>
        {
            hooked.ChangeContexts = null;
            target.Replace(domId);
            return contexts;
        };

        var result = Assert.Single(
            Assert.Single(Query(hooked, "InterruptsOff").Diagnose(new DomainSelection { DomIds = [domId] })).Results);

        Assert.Equal((RuleOutcome.NotJudged, "it ended while its processor states were read"), (result.Outcome, result.Reason));
    }

    // A port that cannot be read is not a closed one.
    [Theory]
    [MemberData(nameof(ContextRules))]
    public void PortsThatCannotBeReadWithTheProcessorStatesAreNotJudged(string rule)
    {
        using var target = new SimulatedTarget(15);
        var domId = Cause(target, rule);
        var reads = 0;
        var hooked = new HookedTarget(target) { BeforeContexts = _ => reads++ };
        hooked.BeforePorts = port =>
        {
            if (port == domId && reads == EventPathQuery.ReadCount - 1) throw Some.Error(XenErrorId.DomainVanished, domId);
        };

        var domain = Assert.Single(Query(hooked, rule).Diagnose(new DomainSelection { DomIds = [domId] }));

        Assert.Empty(domain.Faults);
        var result = Assert.Single(domain.Results);
        Assert.Equal(RuleOutcome.NotJudged, result.Outcome);
        Assert.Equal(Some.Error(XenErrorId.DomainVanished, domId).Message.TrimEnd('.'), result.Reason);
    }

    // The last of the three reads, and one of the further reads.
    [Theory]
    [InlineData(2)]
    [InlineData(12)]
    public void TheErrorOfAFailedReadIsTheReason(int failing)
    {
        using var target = new SimulatedTarget(15);
        var domId = Cause(target, "InterruptsOff");
        var reads = 0;
        var hooked = new HookedTarget(target)
        {
            BeforeContexts = _ =>
            {
                if (reads++ == failing) throw Some.Error(XenErrorId.XenAccessDenied, domId);
            },
        };

        var domain = Assert.Single(Query(hooked, "InterruptsOff").Diagnose(new DomainSelection { DomIds = [domId] }));

        var result = Assert.Single(domain.Results);
        Assert.Equal(RuleOutcome.NotJudged, result.Outcome);
        Assert.EndsWith(Some.Error(XenErrorId.XenAccessDenied, domId).Message.TrimEnd('.'), result.Reason, StringComparison.Ordinal);
        Assert.Equal(Math.Max(failing + 1, EventPathQuery.ReadCount), reads);
    }

    // The reads are of the domain, whatever its name is by then.
    [Fact]
    public void ADomainThatIsRenamedBeforeItsProcessorStatesAreReadIsJudged()
    {
        using var target = new SimulatedTarget(15);
        var domId = Cause(target, "InterruptsOff");
        var name = target.ReadName(domId);
        var reads = 0;
        var hooked = new HookedTarget(target) { BeforeContexts = _ => reads++ };
        var selection = new DomainSelection { Names = [new NamePattern("pvh*", HasWildcards: true, text => reads == 0 && text == name)] };

        Assert.Equal("InterruptsOff", Assert.Single(Query(hooked, "InterruptsOff").Run(selection)).Rule);
    }

    // A kernel that is busy with its interrupts off has an upcall pending in each sample too.
    [Theory]
    [InlineData(12)]
    [InlineData(1)]
    public void ABusyVcpuWithInterruptsOffIsNotReportedAsStuck(int on)
    {
        using var target = new SimulatedTarget(15);
        var domId = Cause(target, "InterruptsOff");
        var reads = 0;
        var hooked = new HookedTarget(target)
        {
            ChangeContexts = contexts =>
            {
                var read = reads++;
                return [.. contexts.Select(context => context with { InterruptFlag = read == on })];
            },
        };

        var domain = Assert.Single(
            new FaultQuery(hooked, new RecordingObserver()) { Rules = ["InterruptsOff", "UpcallStuck"] }
                .Diagnose(new DomainSelection { DomIds = [domId] }));

        Assert.Empty(domain.Faults);
        var stuck = Assert.Single(domain.Results, result => result.Rule == "UpcallStuck");
        Assert.Equal(RuleOutcome.NotJudged, stuck.Outcome);
        Assert.Contains($"off in {(on == 1 ? 2 : 3)} of 3 reads", stuck.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "its interrupts were on in 3 of 3 reads of its processor state")]
    [InlineData(null, "its interrupt flag is not known (refused)")]
    public void AStuckUpcallSaysWhatTheProcessorStatesShow(bool? flag, string text)
    {
        using var target = new SimulatedTarget(15);
        var domId = Cause(target, "InterruptsOff");
        var hooked = new HookedTarget(target)
        {
            ChangeContexts = contexts =>
            [
                .. contexts.Select(context => context with { InterruptFlag = flag, WhyUnknown = flag is null ? "refused" : null }),
            ],
        };

        var fault = Assert.Single(
            new FaultQuery(hooked, new RecordingObserver()) { Rules = ["InterruptsOff", "UpcallStuck"] }
                .Run(new DomainSelection { DomIds = [domId] }));

        Assert.Equal(("UpcallStuck", FaultSeverity.Critical), (fault.Rule, fault.Severity));
        Assert.Contains(text, fault.Evidence, StringComparison.Ordinal);
    }

    // Only a vCPU that takes no interrupts can spin, and only some rules use the further reads.
    [Theory]
    [InlineData("ApicDisabled", "")]
    [InlineData("InterruptsOff", "CallbackMissing")]
    public void FurtherReadsAreMadeOnlyOfAVcpuThatCanSpin(string cause, string rule)
    {
        using var target = new SimulatedTarget(15);
        var domId = Cause(target, cause);
        var reads = 0;
        var hooked = new HookedTarget(target)
        {
            ChangeContexts = contexts =>
            {
                reads++;
                return [.. contexts, contexts[0] with { Vcpu = 99, InterruptFlag = false }];
            },
        };

        _ = new FaultQuery(hooked, new RecordingObserver()) { Rules = rule.Length == 0 ? [] : [rule] }
            .Diagnose(new DomainSelection { DomIds = [domId] })
            .Count();

        Assert.Equal(EventPathQuery.ReadCount, reads);
    }

    // Many domains that spin take no longer than one.
    [Fact]
    public void FurtherReadsGoFromDomainToDomain()
    {
        using var target = new SimulatedTarget(15);
        ushort[] domIds = SpinTwo(target);
        var reads = new List<ushort>();
        var hooked = new HookedTarget(target) { BeforeContexts = reads.Add };

        Assert.Equal(2, Query(hooked, "InterruptsOff").Run(new DomainSelection { DomIds = domIds }).Count());

        Assert.Equal(Enumerable.Repeat(domIds, EventPathQuery.ReadCount + 20).SelectMany(ids => ids), reads);
    }

    [Fact]
    public void ARemoteHostSendsOneCaptureForEachOfTheFurtherReads()
    {
        using var target = new SimulatedTarget(15);
        ushort[] domIds = SpinTwo(target);
        var requests = new List<CaptureRequest>();
        using var remote = new HookedTarget(target) { IsRemote = true, BeforeCapture = requests.Add };

        Assert.Equal(2, Query(remote, "InterruptsOff").Run(new DomainSelection { DomIds = domIds }).Count());

        var further = requests.Where(request => request.Parts == CaptureParts.VcpuContexts).ToArray();
        Assert.Equal(20, further.Length);
        Assert.All(further, request => Assert.Equal(domIds, request.DomIds));
    }

    private static ushort[] SpinTwo(SimulatedTarget target)
    {
        SimulatedKind[] kinds = [SimulatedKind.PvhFifo, SimulatedKind.HvmTwoLevel];
        ushort[] domIds = [.. kinds.Select(kind => SimulatedTargetTests.DomainOf(target, kind)).Order()];
        foreach (var domId in domIds) FaultRulesTests.Stop(target.Guest(domId), vcpu => vcpu.IsSpinning = true);
        return domIds;
    }

    private static FaultQuery Query(IXenDataSource target, string rule, bool pauses = true) =>
        new(target, new RecordingObserver()) { Rules = [rule], PausesVcpus = pauses };

    private static ushort FaultDomain(SimulatedTarget target, string rule) =>
        SimulatedTargetTests.DomainOf(target, FaultRulesTests.Cause(rule).Kind);

    private static ushort Cause(SimulatedTarget target, string rule)
    {
        var domId = FaultDomain(target, rule);
        FaultRulesTests.Cause(rule).Cause(target, target.Guest(domId));
        return domId;
    }

    private static CaptureTarget Capture(IXenDataSource target, CaptureParts parts, int reads)
    {
        using var output = new MemoryStream();
        new CaptureExport(target, new RecordingObserver()) { Parts = parts, ReadCount = reads }.Run(DomainSelection.All, output);
        return CaptureText.Open(output.ToArray());
    }

    private static VcpuContext Moves(VcpuContext context, int read) =>
        context with { InstructionPointer = context.InstructionPointer + (ulong)read * 4096 };

    private static VcpuContext Run(VcpuContext context, Func<VcpuRunState, VcpuRunState> change) =>
        context with { Run = change(context.Run!.Value) };
}
