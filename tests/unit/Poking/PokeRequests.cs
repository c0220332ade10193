using XenShared.Poking;

namespace XenShared.Tests.Poking;

/// <summary>Creates requests in one line of a test.</summary>
internal static class PokeRequests
{
    public static void SetPort(
        this PokeRunner runner,
        ushort domId,
        uint port,
        bool? masked = null,
        bool? pending = null,
        bool force = false
    ) => runner.Run(new SetPortRequest { DomId = domId, Port = port, Masked = masked, Pending = pending, Force = force });

    public static void SetVcpu(
        this PokeRunner runner,
        ushort domId,
        int vcpu,
        bool? upcallPending = null,
        bool? upcallMask = null,
        ulong? selector = null,
        bool force = false
    ) => runner.Run(new SetVcpuRequest
    {
        DomId = domId,
        Vcpu = vcpu,
        UpcallPending = upcallPending,
        UpcallMask = upcallMask,
        PendingSelector = selector,
        Force = force,
    });

    public static void SetField(this PokeRunner runner, ushort domId, string field, ulong value, bool force = false) =>
        runner.Run(new SetFieldRequest { DomId = domId, Field = field, Value = value, Force = force });

    public static void SetWallClock(this PokeRunner runner, ushort domId, DateTimeOffset time, bool force = false) =>
        runner.Run(new SetWallClockRequest { DomId = domId, Time = time, Force = force });

    public static void Send(this PokeRunner runner, ushort domId, uint port) =>
        runner.Run(new SendEventRequest { DomId = domId, Port = port });

    public static void Repair(this PokeRunner runner, ushort domId, uint port, bool unmask) =>
        runner.Run(new RepairPortRequest { DomId = domId, Port = port, Unmask = unmask });

    public static void Undo(this PokeRunner runner, XenPoke poke, bool force = false) =>
        runner.Run(new UndoPokeRequest { Poke = poke, Force = force });
}
