using XenShared.Layout;
using XenShared.Poking;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;
using XenShared.Tests.Targets.Simulated;

namespace XenShared.Tests.Poking;

/// <summary>Provides the guests of a simulated host for tests of pokes.</summary>
public abstract class PokeTest : IDisposable
{
    internal SimulatedTarget Target { get; } = new(15, seed: 3);

    internal RecordingPokes Pokes { get; } = new();

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Assert.Equal(0, Target.WritableMappings.Now);
        Target.Dispose();
    }

    internal ushort Domain(SimulatedKind kind) => SimulatedTargetTests.DomainOf(Target, kind);

    internal SimulatedGuest Guest(SimulatedKind kind) => Target.Guest(Domain(kind));

    internal static uint Port(SimulatedGuest guest, string node) =>
        guest.Ports.Values.Single(port => port.Node?.StartsWith(node, StringComparison.Ordinal) == true).Reading.Port;

    internal static uint Port(SimulatedGuest guest, Func<PlannedPort, bool> which) =>
        guest.Ports.Values.Where(which).MinBy(port => port.Reading.Port)!.Reading.Port;

    internal static uint Disk(SimulatedGuest guest) => Port(guest, "device/vbd");

    internal static uint Timer(SimulatedGuest guest) => Port(guest, port => port.Reading is { State: ChannelState.VirtualIrq, Irq: 0 });

    internal PokeRunner Runner(PokeOptions? options = null) => new(Target, Pokes) { Options = options ?? new PokeOptions() };

    /// <summary>Runs a guest long enough to show whether it hangs.</summary>
    internal SimulatedHealth After(SimulatedGuest guest, int seconds = 5)
    {
        Target.Advance(guest.Plan.DomId, TimeSpan.FromSeconds(seconds));
        return guest.Health;
    }

    /// <summary>Checks that this guard refuses the poke, and that no byte of the guest changes.</summary>
    internal void AssertRefused(SimulatedGuest guest, PokeGuard guard, Action poke)
    {
        var mappings = Target.WritableMappings.InAll;
        var error = Assert.Throws<XenException>(poke);

        Assert.Equal(XenErrorId.PokeRefused, error.Id);
        Assert.Contains($"({guard})", error.Message, StringComparison.Ordinal);
        Messages.AssertSentence(error.Message, guest.Plan.DomId);
        Assert.Equal(guest.Plan.DomId, error.DomId!.Value);
        Assert.NotNull(error.Advice);
        Assert.Equal(mappings, Target.WritableMappings.InAll);
        Assert.True(After(guest).IsWell, $"{guest.Health}");
    }

    /// <summary>Closes every channel of a guest to the control domain.</summary>
    internal static void CloseBells(SimulatedGuest guest)
    {
        var toControl = guest.Ports.Values.Where(port => port.Reading is { State: ChannelState.Interdomain, RemoteDomId: 0 });
        foreach (var port in toControl.ToArray()) guest.Close(port.Reading.Port);
    }

    internal static void SetByHand(SimulatedGuest guest, int bitmap, uint port) =>
        AtomicField.SetBits(guest.SharedPage(), bitmap + (int)(port / 32) * 4, 4, 1u << (int)(port % 32));
}
