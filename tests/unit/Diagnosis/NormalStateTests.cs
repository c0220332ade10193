using FsCheck.Fluent;
using XenShared.Diagnosis;
using XenShared.Diagnosis.Rules;
using XenShared.Fuzz.Samples;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;
using XenShared.Tests.Targets.Simulated;

namespace XenShared.Tests.Diagnosis;

/// <summary>
/// Checks that normal states that look like faults are not reported. Each is compared with a state that differs in one value and is a
/// fault.
/// </summary>
public sealed class NormalStateTests
{
    private static readonly SharedInfoLayout s_layout = SharedInfoLayout.X86_64;

    [Theory]
    [InlineData(false, true, new string[0])] // Waits for a processor: events wait, and it has been told.
    [InlineData(true, false, new[] { "LostWakeup", "UpcallStuck" })] // Sleeps over them.
    public void AVcpuThatWaitsForAProcessorIsNotStuck(bool isBlocked, bool runs, string[] rules)
    {
        var faults = Find(Busy(upcallPending: 1, selector: 1, isBlocked, isRunning: false, runs));

        Assert.Equal(rules, faults.Select(fault => fault.Rule));
    }

    [Theory]
    [InlineData(1, 1, 0, false, new string[0])] // Taken as soon as the vCPU runs.
    [InlineData(1, 0, 0, false, new[] { "LostWakeup", "SelectorSilent" })]
    [InlineData(0, 1, 0, false, new[] { "LostWakeup" })]
    [InlineData(1, 1, 1, true, new[] { "UpcallMasked" })]
    [InlineData(1, 1, 0, true, new[] { "UpcallStuck" })]
    [InlineData(0, 0, 1, true, new[] { "LostWakeup", "SelectorSilent" })]
    public void AnEventThatWaitsIsLostOnlyWhereItsChainIsBroken(
        byte upcallPending,
        ulong selector,
        byte upcallMask,
        bool isRunning,
        string[] rules)
    {
        var faults = Find(Busy(upcallPending, selector, isBlocked: false, isRunning, runs: true, upcallMask));

        Assert.Equal(rules, faults.Select(fault => fault.Rule));
    }

    [Fact]
    public void AChannelThatIsHandledNowAndThenIsBusyAndNoMore()
    {
        var guest = Busy(upcallPending: 0, selector: 0, isBlocked: false, isRunning: false, runs: true);
        Clear(guest.Samples[2]);

        Assert.Empty(Find(guest));
    }

    [Fact]
    public void AProgramThatPollsClearsNothing()
    {
        var guest = Busy(upcallPending: 1, selector: 1, isBlocked: true, isRunning: false, runs: false);
        guest.Ports = new PortTable(
            64,
            [new EventChannelStatus(1, ChannelState.Unbound, 0, 0), new EventChannelStatus(3, ChannelState.Unbound, 0, 0)]);

        Assert.Empty(Find(guest));
    }

    [Theory]
    [InlineData(DomainState.Paused)]
    [InlineData(DomainState.Crashed)]
    [InlineData(DomainState.Shutdown)]
    [InlineData(DomainState.Dying)]
    public void ADomainThatCannotRunHandlesNothing(DomainState state)
    {
        var guest = Busy(upcallPending: 1, selector: 1, isBlocked: true, isRunning: false, runs: false);
        guest.Reading = guest.Reading with { State = state };

        // A destroyed domain that does not end is a fault.
        Assert.DoesNotContain(Find(guest), fault => fault.Rule != "DyingDomain" || state != DomainState.Dying);
    }

    [Theory]
    [InlineData(SimulatedKind.PvTwoLevel, 1, null)]
    [InlineData(SimulatedKind.PvTwoLevel, 3600, null)]
    [InlineData(SimulatedKind.PvTwoLevel, -20700, null)]
    [InlineData(SimulatedKind.PvTwoLevel, -61, FaultSeverity.Warning)]
    [InlineData(SimulatedKind.PvTwoLevel, 86400, FaultSeverity.Warning)]
    [InlineData(SimulatedKind.HvmTwoLevel, 61, FaultSeverity.Information)]
    public void ATimeZoneIsNoWrongClock(SimulatedKind kind, int seconds, FaultSeverity? severity)
    {
        using var target = new SimulatedTarget(15);
        var guest = target.Guest(SimulatedTargetTests.DomainOf(target, kind));
        (SimulatedGuest.XenStart with { Seconds = (ulong)((long)SimulatedGuest.XenStart.Seconds + seconds) }).Encode(
            guest.SharedPage(),
            s_layout);

        var faults = new FaultQuery(target, new RecordingObserver()).Run(new DomainSelection { DomIds = [guest.Plan.DomId] }).ToArray();

        Assert.Equal(severity is { } expected ? [("WallClockOff", expected)] : [], faults.Select(fault => (fault.Rule, fault.Severity)));
    }

    [Fact]
    public void TheFirmwaresClockIsHarmlessUntilThereAreSuchPorts()
    {
        using var target = new SimulatedTarget(15);
        var guest = target.Guest(SimulatedTargetTests.DomainOf(target, SimulatedKind.HvmTwoLevel));
        Assert.True(WallClockContent.Decode(guest.SharedPage(), SharedInfoLayout.X86_32).IsPlausible);
        var before = new FaultQuery(target, new RecordingObserver()).Run(new DomainSelection { DomIds = [guest.Plan.DomId] }).ToArray();
        // Bit 1 of the version, which is 2.
        guest.Bind(new PlannedPort(new EventChannelStatus(2049, ChannelState.Unbound, 0, 0), StartsMasked: true));

        var after = new FaultQuery(target, new RecordingObserver()) { Rules = ["LeftoverEvents"] }
            .Run(new DomainSelection { DomIds = [guest.Plan.DomId] })
            .ToArray();

        Assert.Empty(before);
        Assert.Contains("firmware", Assert.Single(after).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void AChannelToADomainThatIsNotThereLeadsNowhere()
    {
        var guest = Some.TwoLevelGuest();
        guest.Ports = new PortTable(
            64,
            [
                new EventChannelStatus(1, ChannelState.Interdomain, 0, 77, 5),
                new EventChannelStatus(2, ChannelState.Interdomain, 0, 5, 3),
                new EventChannelStatus(3, ChannelState.Interdomain, 0, 5, 2),
            ]);

        var fault = Assert.Single(
            new FaultQuery(new FakeTarget(guest), new RecordingObserver()) { SampleCount = 2, Time = new AutoTime() }.Run(
                DomainSelection.All),
            fault => fault.Rule == "PeerGone");

        Assert.Equal((1u, "Port 1 leads to port 5 of domain 77, but there is no domain 77."), (fault.Port, fault.Evidence));
    }

    [Fact]
    public void NoPageBreaksTheRules() => Always.Holds(Arbitrary.Page.Two(), pages =>
        {
            var guest = new FakeDomain
            {
                Reading = Some.Domain(vcpus: 2),
                Ports = Some.LinuxPorts(),
                Samples =
                [
                    Some.Sample(pages.Item1, 0, null, 0, 0),
                    Some.Sample(pages.Item2, 2, null, 1, 1),
                    Some.Sample(pages.Item2, 3, null, 2, 2),
                ],
                Nodes = { ["console/port"] = "2", ["device/vif/0/event-channel"] = "77" },
            };

            var faults = Find(guest);

            Assert.Contains(faults, fault => fault.Rule == "StorePortMismatch");
            Assert.All(faults, fault => Assert.Contains(fault.Rule, FaultRules.Names));
        });

    // A kernel whose timer is pending in every sample, with its record in the page, where its clock advances.
    private static FakeDomain Busy(byte upcallPending, ulong selector, bool isBlocked, bool isRunning, bool runs, byte upcallMask = 0)
    {
        var samples = Enumerable
            .Range(0, 4)
            .Select(index =>
            {
                var page = Some.TwoLevelPage(s_layout, 1, 2, 3);
                Some.Set(page, s_layout.PendingOffset, 3);
                new VcpuInfoContent(
                    upcallPending,
                    upcallMask,
                    selector,
                    0,
                    new VcpuTimeContent(10u + 2 * (uint)index, 1, 2, 3, 0, 0)
                ).Encode(page, s_layout.Vcpu);
                var run = runs ? (ulong)index * 1000 : 0;
                return Some.Sample(page, index) with { Vcpus = [new VcpuRunState(0, Online: true, isBlocked, isRunning, run)] };
            });
        return new FakeDomain
        {
            Reading = Some.Domain(),
            Ports = new PortTable(64, [new EventChannelStatus(3, ChannelState.VirtualIrq, 0, Irq: 0)]),
            Samples = [.. samples],
        };
    }

    private static void Clear(DomainSample sample)
    {
        var page = System.Runtime.InteropServices.MemoryMarshal.AsMemory(sample.Page);
        page.Span[s_layout.PendingOffset] = 0;
    }

    private static List<XenFault> Find(FakeDomain guest) =>
        [.. new FaultQuery(new RecordedTarget(guest), new RecordingObserver()) { SampleCount = 2 }.Run(DomainSelection.All)];
}
