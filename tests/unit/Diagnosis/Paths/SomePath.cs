using XenShared.Diagnosis.Evidence;
using XenShared.Diagnosis.Paths;
using XenShared.Hypervisor;

namespace XenShared.Tests.Diagnosis.Paths;

/// <summary>Creates the facts about a channel in each case that a real Xen showed, as three reads in three seconds.</summary>
internal static class SomePath
{
    public const ulong Callback = 0xffff_ffff_81e0_1230;
    private const ulong Idle = 0xffff_ffff_81d0_4f10;
    private const byte LinuxVector = 0xf3;

    private static readonly DateTimeOffset s_start = new(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A healthy, idle guest.</summary>
    public static EventPathFacts Quiet(DomainType type, EventAbi abi = EventAbi.Fifo) =>
        new()
        {
            Channel = Channel(abi),
            Type = type,
            State = DomainState.Blocked,
            Peer = PeerState.Fits,
            PeerDomain = DomainState.Running,
            RecordSource = "guest memory",
            Reads = [.. Enumerable.Range(0, 3).Select(number => Read(type, number))],
        };

    /// <summary>A guest in which every read shows an event that waits, with the changes of <paramref name="change"/>.</summary>
    public static EventPathFacts Waiting(
        DomainType type,
        Func<EventPathRead, EventPathRead>? change = null,
        EventAbi abi = EventAbi.Fifo)
    {
        var facts = Quiet(type, abi);
        return facts with
        {
            State = DomainState.Running,
            Reads =
            [
                .. facts.Reads.Select(read =>
                    (change ?? (same => same))(
                        read with
                        {
                            Pending = true,
                            Queued = true,
                            UpcallPending = true,
                            Run = read.Run!.Value with { Blocked = false, Running = true },
                            Context = read.Context! with
                            {
                                Apic = read.Context.Apic is { } apic ? apic with { Requested = [LinuxVector] } : null,
                            },
                        })),
            ],
        };
    }

    /// <summary>Adds further reads that show the same as the last read.</summary>
    public static EventPathFacts Stays(EventPathFacts facts) =>
        facts with { Series = [.. Enumerable.Repeat(facts.Reads[^1].Context!, 20)] };

    public static EventPathRead Sleeps(EventPathRead read) =>
        read with { Run = read.Run!.Value with { Blocked = true, Running = false, CpuTimeNanoseconds = 5_000_000 } };

    public static EventPathRead Stands(EventPathRead read) =>
        read with { Run = read.Run!.Value with { Running = false, CpuTimeNanoseconds = 5_000_000 } };

    public static EventPathRead At(EventPathRead read, ulong pointer) =>
        read with { Context = read.Context! with { InstructionPointer = pointer } };

    public static XenEventChannel Channel(EventAbi abi = EventAbi.Fifo) =>
        new()
        {
            DomId = 5,
            DomainName = "web",
            Port = 7,
            State = ChannelState.Interdomain,
            Vcpu = 0,
            RemoteDomId = 0,
            RemotePort = 40,
            Device = "vif0",
            EventAbi = abi,
            Source = abi == EventAbi.Fifo ? StateSource.GuestMemory : StateSource.SharedPage,
        };

    public static EventPathRead Read(DomainType type, int number) =>
        new(s_start.AddSeconds(1.5 * number))
        {
            Pending = false,
            Masked = false,
            Queued = false,
            UpcallPending = false,
            UpcallMask = false,
            Run = new VcpuRunState(0, true, true, false, 5_000_000 + (ulong)number * 1_000_000),
            Context = type == DomainType.PV
                ? new VcpuContext(0) { InstructionPointer = Idle, EventCallback = Callback }
                : new VcpuContext(0)
                {
                    InstructionPointer = Idle,
                    InterruptFlag = true,
                    CallbackIrq = 1,
                    Apic = new LocalApic(true, 0x10, [], []),
                },
        };
}
