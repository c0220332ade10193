using XenShared.Poking;
using XenShared.Targets.Simulated;

namespace XenShared.Tests.Poking;

/// <summary>Tests which ports may be masked and unmasked from outside the guest: no IPI, and no port that could not be repaired.</summary>
public sealed class MaskGuardTests : PokeTest
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnEventThatGetsThroughOnAnIpiThatIsPolledStopsTheKernel(bool repair)
    {
        var guest = Guest(SimulatedKind.PvhTwoLevel);
        var domId = guest.Plan.DomId;
        var kicker = Port(guest, port => port.IsPolled);
        PokeRequest unmask = repair
            ? new RepairPortRequest { DomId = domId, Port = kicker, Unmask = true }
            : new SetPortRequest { DomId = domId, Port = kicker, Masked = false };

        AssertRefused(guest, PokeGuard.NotIpi, () => Runner().Run(unmask));

        Runner().Run(unmask with { Force = true });
        Assert.True(After(guest, seconds: 60).IsCorrupted, $"{guest.Health}");
    }

    [Fact]
    public void AMaskOnAnIpiIsRefused()
    {
        var guest = Guest(SimulatedKind.PvhTwoLevel);

        AssertRefused(guest, PokeGuard.NotIpi, () =>
            Runner()
                .SetPort(guest.Plan.DomId, Port(guest, port => port.Reading.State == ChannelState.Ipi && !port.StartsMasked), masked: true)
        );
    }

    [Fact]
    public void AMaskOnAPortWithoutASenderKeepsItsEventForever()
    {
        var guest = new[] { SimulatedKind.PvTwoLevel, SimulatedKind.PvhTwoLevel, SimulatedKind.HvmTwoLevel }
            .Select(Guest)
            .First(one => one.Vcpus.Count > 1);
        var domId = guest.Plan.DomId;
        // All its channels with the control domain are on vCPU 0.
        var peer = Port(guest, port => port.Reading is { State: ChannelState.Interdomain, RemoteDomId: > 0 });
        guest.Bind(guest.Ports[peer] with { Reading = guest.Ports[peer].Reading with { Vcpu = 1 } });
        AssertRefused(guest, PokeGuard.Repairable, () => Runner().SetPort(domId, peer, masked: true));

        Runner().SetPort(domId, peer, masked: true, force: true);
        guest.Raise(peer);

        Assert.True(After(guest).IsWedged);
        var error = Assert.Throws<XenException>(() => Runner().Repair(domId, peer, unmask: true));
        Assert.Equal(XenErrorId.PokeRefused, error.Id);
        // Another event does not help: Xen drops it while the first one is pending.
        Assert.Contains("restart the guest", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMaskOnTheLastOpenPortLeavesNoEvidenceForARepair()
    {
        var guest = Guest(SimulatedKind.PvhTwoLevel);
        var domId = guest.Plan.DomId;
        guest.IsPaused = true;
        var open = Target
            .ReadPorts(domId)
            .Bound.Select(port => port.Port)
            .Where(port => !PokeContext.Create(Target, domId, TimeSpan.Zero, null, default).IsMasked(port))
            .ToArray();
        var repairable = new PokeOptions
        {
            DisabledGuards = new HashSet<PokeGuard> { PokeGuard.Repairable, PokeGuard.AbiKept, PokeGuard.NotIpi, PokeGuard.NotVirq },
        };
        foreach (var port in open[..^1])
            Runner(repairable).SetPort(domId, port, masked: true);
        Assert.Contains(
            nameof(PokeGuard.AbiKept),
            Assert
                .Throws<XenException>(() =>
                    Runner(new PokeOptions { DisabledGuards = new HashSet<PokeGuard> { PokeGuard.NotVirq } })
                        .SetPort(domId, open[^1], masked: true))
                .Message,
            StringComparison.Ordinal);

        Runner(repairable).SetPort(domId, open[^1], masked: true);

        Assert.Contains(
            nameof(PokeGuard.AbiKnown),
            Assert.Throws<XenException>(() => Runner().Undo(Pokes.Pokes[^1])).Message,
            StringComparison.Ordinal);
        guest.IsPaused = false;
        Assert.True(After(guest).IsWedged);
    }
}
