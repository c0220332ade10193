using XenShared.Poking;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;

namespace XenShared.Tests.Poking;

/// <summary>Tests sending real events: they work with every ABI, and are refused for a port without an end in the control domain.</summary>
public sealed class EventSendTests : PokeTest
{
    [Theory]
    [InlineData(SimulatedKind.PvTwoLevel)]
    [InlineData(SimulatedKind.Pv32TwoLevel)]
    [InlineData(SimulatedKind.PvFifo)]
    [InlineData(SimulatedKind.PvhTwoLevel)]
    [InlineData(SimulatedKind.PvhFifo)]
    [InlineData(SimulatedKind.HvmFifo)]
    [InlineData(SimulatedKind.MiniOsIdle)]
    [InlineData(SimulatedKind.PvRestored)]
    public void AnEventIsHandledWhateverTheAbi(SimulatedKind kind)
    {
        var guest = Guest(kind);
        var console = Port(guest, "console");
        var handled = guest.Handled(console);

        Runner().Send(guest.Plan.DomId, console);
        guest.Advance(2);

        Assert.Equal(handled + 1, guest.Handled(console));
        var poke = Assert.Single(Pokes.Pokes);
        Assert.Equal((PokeField.Event, PokeAction.Send, console), (poke.Kind, poke.Action, poke.Port));
        Assert.Null(poke.Frame);
        Assert.True(After(guest).IsWell);
    }

    [Fact]
    public void EveryOtherPortIsRefusedWithItsReason()
    {
        var guest = Guest(SimulatedKind.HvmTwoLevel);
        (Func<PlannedPort, bool> Which, string Reason)[] refused =
        [
            (port => port.Reading.State is null, "Xen itself"),
            (port => port.Reading.State == ChannelState.Unbound, "it is unbound"),
            (port => port.Reading.State == ChannelState.PhysicalIrq, "hardware interrupt"),
            (port => port.Reading.State == ChannelState.VirtualIrq, "virtual interrupt"),
            (port => port.Reading.State == ChannelState.Ipi, "IPI"),
            (port => port.Reading is { State: ChannelState.Interdomain, RemoteDomId: > 0 }, "other end is domain"),
        ];
        foreach (var (which, reason) in refused)
        {
            var port = Port(guest, which);
            var error = Assert.Throws<XenException>(() => Runner().Send(guest.Plan.DomId, port));

            Assert.Equal((XenErrorId.PokeRefused, port), (error.Id, error.Port));
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
            Messages.AssertSentence(error.Message, guest.Plan.DomId);
        }
        Assert.Equal(XenErrorId.PokeRefused, Assert.Throws<XenException>(() => Runner().Send(guest.Plan.DomId, 60)).Id);
        Assert.Equal(XenErrorId.EventChannelNotFound, Assert.Throws<XenException>(() => Runner().Send(guest.Plan.DomId, 192)).Id);
        Assert.Contains("control domain", Assert.Throws<XenException>(() => Runner().Send(0, 64)).Message, StringComparison.Ordinal);
        Assert.Empty(Pokes.Pokes);
    }

    [Fact]
    public void APortThatIsReboundBeforeTheSendIsNotSent()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        var pokes = new RecordingPokes { OnConfirm = () => guest.Close(Port(guest, "console")) };

        var error = Assert.Throws<XenException>(() => new PokeRunner(Target, pokes).Send(guest.Plan.DomId, Port(guest, "console")));

        Assert.Equal(XenErrorId.PokeLostRace, error.Id);
        Messages.AssertSentence(error.Message, guest.Plan.DomId);
    }

    [Fact]
    public void WithoutConsentNothingIsSent()
    {
        var guest = Guest(SimulatedKind.MiniOsIdle);
        var console = Port(guest, "console");
        var handled = guest.Handled(console);

        new PokeRunner(Target, new RecordingPokes { Agrees = false }).Send(guest.Plan.DomId, console);
        guest.Advance(5);

        Assert.Equal(handled, guest.Handled(console));
    }

    [Fact]
    public void AnEventThatXenWillDropIsWarnedOf()
    {
        var guest = Guest(SimulatedKind.PvLost);

        Runner().Send(guest.Plan.DomId, Disk(guest));

        Assert.Contains("repair", Assert.Single(Pokes.Warnings), StringComparison.Ordinal);
        Assert.NotNull(Assert.Single(Pokes.Pokes).Note);
        Assert.True(After(guest).IsWedged);
    }

    [Fact]
    public void ATargetThatCannotBeWrittenIsAnError()
    {
        var error = Assert.Throws<XenException>(() => new PokeRunner(new FakeTarget(Some.TwoLevelGuest()), Pokes).Send(5, 1));

        Assert.Equal(XenErrorId.NotSupportedByHost, error.Id);
        Messages.AssertSentence(error.Message);
    }
}
