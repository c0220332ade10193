using XenShared.Diagnosis;
using XenShared.Diagnosis.Rules;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Poking;
using XenShared.Queries;
using XenShared.Targets.Simulated;
using XenShared.Tests.Poking;
using XenShared.Tests.Support;
using XenShared.Tests.Targets.Simulated;

namespace XenShared.Tests.Diagnosis.Rules;

/// <summary>Checks each rule on a simulated host: it finds a fault that the test makes, and finds none without it.</summary>
public sealed class FaultRulesTests
{
    private static readonly SimulatedKind[] s_illFromTheStart = [SimulatedKind.PvStuck, SimulatedKind.PvLost];

    public static TheoryData<string> Rules => new(FaultRules.Names);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(42)]
    public void AHealthyHostOfEveryKindHasNoFault(int seed)
    {
        using var target = new SimulatedTarget(45, seed);
        var healthy = target
            .ReadDomains()
            .Where(domain => !s_illFromTheStart.Contains(target.ReadKind(domain.DomId)))
            .Select(domain => domain.DomId)
            .ToArray();
        Assert.Equal(40, healthy.Length);

        Assert.Empty(Find(target, healthy));
        Assert.Empty(Find(target, healthy, looks: 1));
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void ARuleFindsItsFaultAndNothingWithoutIt(string rule)
    {
        var (kind, cause, severity) = Cause(rule);
        using var healthy = new SimulatedTarget(15);
        using var ill = new SimulatedTarget(15);
        var domId = SimulatedTargetTests.DomainOf(ill, kind);
        if (TakesTwoVcpus(rule))
        {
            ill.Replace(domId, vcpuCount: 2);
            healthy.Replace(domId, vcpuCount: 2);
        }
        cause(ill, ill.Guest(domId));

        var faults = Find(ill, [domId]).Where(fault => fault.Rule == rule).ToArray();

        Assert.NotEmpty(faults);
        Assert.All(faults, fault =>
        {
            Assert.Equal(
                (domId, ill.ReadName(domId), severity, "simulated"),
                (fault.DomId, fault.DomainName, fault.Severity, fault.HostName));
            Assert.EndsWith(".", fault.Evidence, StringComparison.Ordinal);
            Assert.Matches("[0-9]", fault.Evidence);
            Assert.NotEmpty(fault.Advice);
            Assert.NotEqual(default, fault.TakenAt);
        });
        if (!s_illFromTheStart.Contains(kind)) Assert.Empty(Find(healthy, [domId]));
    }

    [Fact]
    public void OneSampleIsLessCertain()
    {
        using var target = new SimulatedTarget(15);
        var stuck = SimulatedTargetTests.DomainOf(target, SimulatedKind.PvStuck);

        var once = Assert.Single(Find(target, [stuck], looks: 1));
        var again = Assert.Single(Find(target, [stuck]));

        Assert.Equal((FaultSeverity.Warning, FaultSeverity.Critical), (once.Severity, again.Severity));
        Assert.Contains("One sample only", once.Evidence, StringComparison.Ordinal);
        Assert.DoesNotContain("One sample only", again.Evidence, StringComparison.Ordinal);
        Assert.Contains("Repair-XenEventChannel -DomId 14 -Port 66 -Unmask", again.Advice, StringComparison.Ordinal);
    }

    // Its channel is on vCPU 1. That vCPU can be notified by no channel, or by another channel in another word. The advice is what the tool
    // can do.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ARepairIsAdvisedOnlyIfTheVcpuCanBeNotified(bool hasChannel)
    {
        using var target = new SimulatedTarget(15);
        var domId = SimulatedTargetTests.DomainOf(target, SimulatedKind.PvTwoLevel);
        target.Replace(domId, vcpuCount: 2);
        var guest = target.Guest(domId);
        var peer = guest.Ports.Values.First(port => port.Reading is { State: ChannelState.Interdomain, RemoteDomId: > 0 });
        guest.Bind(peer with { Reading = peer.Reading with { Vcpu = 1 } });
        var store = guest.Ports.Values.Single(port => port.Node == "store/port");
        if (hasChannel) guest.Bind(store with { Reading = store.Reading with { Vcpu = 1 } });
        Some.Set(guest.SharedPage(), SharedInfoLayout.X86_64.MaskOffset, peer.Reading.Port);
        guest.Raise(peer.Reading.Port);

        var fault = Assert.Single(Find(target, [domId]));

        Assert.Equal(("StuckMasked", peer.Reading.Port), (fault.Rule, fault.Port!.Value));
        var repair = new PokeRunner(target, new RecordingPokes())
        {
            Options = new PokeOptions { Locator = new GuestMemoryLocator(target) },
        };
        if (hasChannel)
        {
            Assert.Contains($"Repair-XenEventChannel -DomId {domId} -Port {peer.Reading.Port} -Unmask", fault.Advice,
                StringComparison.Ordinal);
            repair.Repair(domId, peer.Reading.Port, unmask: true);
            Assert.Empty(Find(target, [domId]));
            return;
        }
        Assert.Contains("restart the guest", fault.Advice, StringComparison.Ordinal);
        Assert.Equal(XenErrorId.PokeRefused, Assert.Throws<XenException>(() => repair.Repair(domId, peer.Reading.Port, unmask: true)).Id);
    }

    // Without the processor states, the interrupt flag of an HVM or PVH guest is not known, so the rule claims nothing about it.
    [Fact]
    public void AGuestThatSpinsWithInterruptsOffIsNotSaidToHaveThemOn()
    {
        using var target = new SimulatedTarget(15);
        var domId = SimulatedTargetTests.DomainOf(target, SimulatedKind.PvhFifo);
        target.Guest(domId).Vcpus[0].IsSpinning = true;
        target.Guest(domId).Raise(66);
        target.Guest(domId).Advance(100);

        var fault = Assert.Single(
            new FaultQuery(target, new RecordingObserver()) { PausesVcpus = false }.Run(new DomainSelection { DomIds = [domId] }),
            fault => fault.Rule == "UpcallStuck");

        Assert.DoesNotContain("with its interrupts on", fault.Evidence, StringComparison.Ordinal);
        Assert.Contains("its interrupt flag was not read", fault.Evidence, StringComparison.Ordinal);
        Assert.Contains($"Test-XenEventChannel -DomId {domId} -Port", fault.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void APausedGuestIsNotJudgedByWhatItDoesNotHandle()
    {
        using var target = new SimulatedTarget(15);
        foreach (var kind in s_illFromTheStart) target.Guest(SimulatedTargetTests.DomainOf(target, kind)).IsPaused = true;

        Assert.Empty(Find(target, [14, 15]));
    }

    [Fact]
    public void AReplacedDomainIsJudgedByItsOwnSamples()
    {
        using var target = new SimulatedTarget(15);
        var looks = 0;
        var hooked = new HookedTarget(target) { BeforeDomains = () => Once(++looks == 2, () => target.Replace(14)) };

        var query = new FaultQuery(hooked, new RecordingObserver()) { SampleCount = 2, PausesVcpus = false };
        var fault = Assert.Single(query.Run(DomainSelection.All), fault => fault.DomId == 14);

        Assert.Equal((FaultSeverity.Warning, 2), (fault.Severity, looks));
    }

    [Fact]
    public void ADomainThatHasGoneIsLeftOut()
    {
        using var target = new SimulatedTarget(15);
        var looks = 0;
        var observer = new RecordingObserver();
        var hooked = new HookedTarget(target) { BeforeDomains = () => Once(++looks == 2, () => target.End(14)) };

        Assert.Equal(
            [(ushort)15],
            new FaultQuery(hooked, observer) { SampleCount = 2 }
                .Run(DomainSelection.All)
                .Select(fault => fault.DomId)
                .Distinct());
        Assert.Empty(observer.Errors);
    }

    [Fact]
    public void LooksAtALiveHostAreAnIntervalApart()
    {
        var target = new FakeTarget(new FakeDomain { Reading = Some.Domain(), PageError = Some.Error(XenErrorId.SharedInfoNotMapped) });
        var time = new AutoTime();

        Assert.Empty(
            new FaultQuery(target, new RecordingObserver())
            {
                SampleCount = 4,
                Interval = TimeSpan.FromSeconds(2),
                Time = time,
            }.Run(DomainSelection.All));

        Assert.Equal(Enumerable.Repeat(TimeSpan.FromSeconds(2), 3), time.Waits);
    }

    [Fact]
    public void FaultsAreChosenByRuleAndSeverity()
    {
        using var target = new SimulatedTarget(15);
        var all = new DomainSelection { DomIds = [14, 15] };

        Assert.Equal(
            ["StuckMasked", "LostWakeup", "SelectorSilent"],
            new FaultQuery(target, new RecordingObserver()).Run(all).Select(fault => fault.Rule));
        Assert.Equal(
            ["LostWakeup"],
            new FaultQuery(target, new RecordingObserver()) { Rules = ["lostwakeup"] }
                .Run(all)
                .Select(fault => fault.Rule));
        Assert.Equal(
            ["SelectorSilent"],
            new FaultQuery(target, new RecordingObserver()) { Severities = [FaultSeverity.Warning] }
                .Run(all)
                .Select(fault => fault.Rule));
    }

    [Fact]
    public void ADomainThatIsNotJudgedIsReported()
    {
        using var target = new SimulatedTarget(15);
        var observer = new RecordingObserver();

        Assert.Empty(new FaultQuery(target, observer).Run(new DomainSelection { DomIds = [0, 1, 77] }));

        var warning = Assert.Single(observer.Warnings);
        Assert.Equal((ushort)0, warning.DomId);
        Assert.Contains(
            "Domain 0 (Domain-0) was not judged by LostWakeup, StuckMasked, CallbackMissing (it uses FIFO channels",
            warning.Message,
            StringComparison.Ordinal);
        Assert.Equal([XenErrorId.DomainNotFound], observer.ErrorIds);
    }

    // The cause of each fault, its guest, and its severity after several samples.
    internal static (SimulatedKind Kind, Action<SimulatedTarget, SimulatedGuest> Cause, FaultSeverity Severity) Cause(string rule) =>
        rule switch
        {
            "LostWakeup" => (SimulatedKind.PvLost, (_, _) => { }, FaultSeverity.Critical),
            "SelectorSilent" => (SimulatedKind.PvLost, (_, _) => { }, FaultSeverity.Warning),
            "StuckMasked" => (SimulatedKind.PvStuck, (_, _) => { }, FaultSeverity.Critical),
            "UpcallStuck" => (SimulatedKind.PvTwoLevel, (_, guest) => Wedge(guest), FaultSeverity.Critical),
            "UpcallMasked" => (SimulatedKind.MiniOsBusy, (_, guest) => SwitchInterruptsOff(guest), FaultSeverity.Critical),
            "InterruptsOff" => (SimulatedKind.PvhFifo, (_, guest) => Stop(guest, vcpu => vcpu.IsSpinning = true), FaultSeverity.Critical),
            "NoVcpuOnline" => (
                SimulatedKind.PvhTwoLevel,
                (_, guest) => guest.Vcpus.ToList().ForEach(vcpu => vcpu.IsOnline = false),
                FaultSeverity.Critical),
            "VcpuOffline" => (SimulatedKind.PvTwoLevel, (_, guest) => Stop(guest, vcpu => vcpu.IsOnline = false), FaultSeverity.Critical),
            "CallbackMissing" => (
                SimulatedKind.PvFifo,
                (_, guest) => Stop(guest, _ => guest.HasCallback = false),
                FaultSeverity.Critical),
            "ApicDisabled" => (
                SimulatedKind.PvhTwoLevel,
                (_, guest) => Stop(guest, vcpu => vcpu.IsApicEnabled = false),
                FaultSeverity.Critical),
            "VectorNotTaken" => (
                SimulatedKind.HvmTwoLevel,
                (_, guest) => Stop(guest, vcpu => vcpu.IsInService = true),
                FaultSeverity.Critical),
            "ClockVersionOdd" => (
                SimulatedKind.PvhTwoLevel,
                (_, guest) => SharedInfoLayout.X86_64.WallClockVersion.Write(guest.SharedPage(), 7),
                FaultSeverity.Critical),
            "FrozenClock" => (SimulatedKind.PvhFifo, (target, guest) => FreezeLater(target, guest), FaultSeverity.Critical),
            "ClockJump" => (SimulatedKind.PvhFifo, (target, guest) => StepLater(guest), FaultSeverity.Warning),
            "StaleRecord" => (SimulatedKind.MiniOsBusy, (_, guest) => guest.Vcpus[1].IsClockFrozen = true, FaultSeverity.Warning),
            "DyingDomain" => (SimulatedKind.PvTwoLevel, (_, guest) => guest.Destroy(heldPages: 1), FaultSeverity.Warning),
            "PeerGone" => (SimulatedKind.HvmTwoLevel, (_, guest) => guest.LosePeer(66), FaultSeverity.Warning),
            "BackendGone" => (SimulatedKind.PvTwoLevel, (_, guest) => guest.LosePeer(66), FaultSeverity.Warning),
            "HotplugFailed" => (SimulatedKind.PvhTwoLevel, (_, guest) => FailScript(guest), FaultSeverity.Warning),
            "DeviceNotConnected" => (
                SimulatedKind.PvFifo,
                (_, guest) => guest.Store[Backend(guest, "vif/0/state")] = "2",
                FaultSeverity.Warning),
            "StaleNodes" => (SimulatedKind.PvFifo, (_, guest) => CloseDisk(guest), FaultSeverity.Information),
            "StorePortMismatch" => (SimulatedKind.PvFifo, (_, guest) => guest.Close(66, leavesNode: true), FaultSeverity.Warning),
            "LeftoverEvents" => (
                SimulatedKind.PvhTwoLevel,
                (_, guest) => Some.Set(guest.SharedPage(), SharedInfoLayout.X86_64.PendingOffset, 77),
                FaultSeverity.Warning),
            "WallClockOff" => (
                SimulatedKind.Pv32TwoLevel,
                (_, guest) =>
                    (SimulatedGuest.XenStart with { Seconds = SimulatedGuest.XenStart.Seconds + 61 }).Encode(
                        guest.SharedPage(),
                        SharedInfoLayout.X86_32),
                FaultSeverity.Warning),
            "PortsNearLimit" => (SimulatedKind.PvTwoLevel, (_, guest) => BindUpTo(guest, 950), FaultSeverity.Warning),
            _ => throw new InvalidOperationException($"No fault is made here for rule {rule}; make one, and one that is none."),
        };

    /// <summary>Determines whether the cause of a rule needs a guest with two vCPUs.</summary>
    internal static bool TakesTwoVcpus(string rule) => rule is "StaleRecord" or "VcpuOffline";

    // An event of its disk, or of xenstore, waits for vCPU 0, which does not take it.
    internal static void Stop(SimulatedGuest guest, Action<SimulatedVcpu> cause)
    {
        cause(guest.Vcpus[0]);
        guest.Raise(guest.Ports.ContainsKey(66) ? 66u : 1);
        guest.Advance(100);
    }

    // All bits that Xen would set, set on a sleeping vCPU without Xen: every later event stops at the upcall bit.
    private static void Wedge(SimulatedGuest guest)
    {
        while (!guest.Vcpus[0].IsBlocked) guest.Advance(1);
        guest.Memory.Page(guest.Vcpus[0].RecordFrame)[guest.Upcall(guest.Vcpus[0])] = 1;
    }

    private static void SwitchInterruptsOff(SimulatedGuest guest)
    {
        var vcpu = guest.Vcpus[0];
        while (vcpu.IsInCriticalSection) guest.Advance(1);
        guest.Memory.Page(vcpu.RecordFrame)[guest.Upcall(vcpu) + 1] = 1;
        guest.Advance(50);
    }

    private static void FreezeLater(SimulatedTarget target, SimulatedGuest guest)
    {
        target.ReadSamples(guest.Plan.DomId);
        foreach (var vcpu in guest.Vcpus) vcpu.IsClockFrozen = true;
    }

    // The step comes after the first sample, which takes two seconds.
    private static void StepLater(SimulatedGuest guest)
    {
        foreach (var vcpu in guest.Vcpus) (vcpu.ClockStep, vcpu.ClockStepAt) = (20_000_000, guest.Now + 300);
    }

    private static void Once(bool isTime, Action work)
    {
        if (isTime) work();
    }

    private static void BindUpTo(SimulatedGuest guest, uint count)
    {
        for (uint port = 1; guest.Ports.Count < count; port++)
        {
            if (!guest.Ports.ContainsKey(port)) guest.Bind(new PlannedPort(new EventChannelStatus(port, ChannelState.Unbound, 0, 0)));
        }
    }

    private static void FailScript(SimulatedGuest guest)
    {
        guest.Store[Backend(guest, "vif/0/state")] = "2";
        guest.Store[Backend(guest, "vif/0/hotplug-status")] = "error";
        guest.Store[Backend(guest, "vif/0/hotplug-error")] = "Could not find bridge device xenbr7";
    }

    private static void CloseDisk(SimulatedGuest guest)
    {
        guest.Store[Backend(guest, "vbd/51712/state")] = "6";
        guest.Store[$"/local/domain/{guest.Plan.DomId}/device/vbd/51712/state"] = "6";
        guest.Close(66, leavesNode: true);
    }

    // The path of a node of a backend: its kind, the number of its device, and its name.
    private static string Backend(SimulatedGuest guest, string node) =>
        $"/local/domain/0/backend/{node.Insert(node.IndexOf('/', StringComparison.Ordinal), $"/{guest.Plan.DomId}")}";

    private static List<XenFault> Find(SimulatedTarget target, ushort[] domIds, int looks = FaultQuery.DefaultSampleCount) =>
        [.. new FaultQuery(target, new RecordingObserver()) { SampleCount = looks }.Run(new DomainSelection { DomIds = domIds })];
}
