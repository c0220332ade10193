using XenShared.Poking;
using XenShared.Targets.Simulated;

namespace XenShared.Tests.Poking;

/// <summary>Tests pokes of places that a search of guest memory has located.</summary>
public sealed class GuestMemoryLocatorTests : PokeTest
{
    private PokeOptions Searched => new() { Locator = new GuestMemoryLocator(Target) };

    [Theory]
    [InlineData(SimulatedKind.PvFifo)]
    [InlineData(SimulatedKind.PvhFifo)]
    [InlineData(SimulatedKind.HvmFifo)]
    public void AnEventWordIsLocatedMaskedAndUndone(SimulatedKind kind)
    {
        var guest = Guest(kind);
        guest.IsPaused = true;
        var before = guest.Memory.Page(guest.ArrayFrame).ToArray();

        Runner(Searched).SetPort(guest.Plan.DomId, Disk(guest), masked: true);
        Assert.NotEqual(before, guest.Memory.Page(guest.ArrayFrame));
        Runner(Searched).Undo(Pokes.Pokes[0]);

        Assert.Equal(before, guest.Memory.Page(guest.ArrayFrame));
        Assert.Equal(guest.ArrayFrame, Pokes.Pokes[0].Frame);
    }

    [Fact]
    public void ARelocatedRecordIsFound()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        guest.IsPaused = true;
        guest.Vcpus[0].IsBlocked = true;

        AssertRefusedBy(PokeGuard.VcpuNotBlocked, () => Runner(Searched).SetPort(guest.Plan.DomId, Disk(guest), pending: true));
    }

    private static void AssertRefusedBy(PokeGuard guard, Action poke) =>
        Assert.Contains($"({guard})", Assert.Throws<XenException>(poke).Message, StringComparison.Ordinal);
}
