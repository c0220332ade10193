using XenShared.Diagnosis.Evidence;
using XenShared.Diagnosis.Paths;
using XenShared.Hypervisor;

namespace XenShared.Tests.Diagnosis.Paths;

/// <summary>The link at which an event stops, for what a real Xen showed in each case, and for every combination of values.</summary>
public sealed class EventPathEvaluatorTests
{
    private static readonly Dictionary<string, (EventPathFacts Facts, EventPathVerdict Verdict, EventPathLink? StopsAt, string Words)>
        s_cases = new()
        {
            ["healthy, idle (PVH)"] = (SomePath.Quiet(DomainType.PVH), EventPathVerdict.Quiet, null, "No event waits"),
            ["healthy, idle (PV)"] = (SomePath.Quiet(DomainType.PV), EventPathVerdict.Quiet, null, "its channel is open"),
            ["healthy, idle (HVM)"] = (SomePath.Quiet(DomainType.HVM, EventAbi.TwoLevel), EventPathVerdict.Quiet, null, "No event waits"),
            ["masked port"] = (
                SomePath.Waiting(
                    DomainType.PV,
                    read => SomePath.Sleeps(read) with { Masked = true, Queued = false, UpcallPending = false }),
                EventPathVerdict.Stopped, EventPathLink.Mask, "masked in each of 3 reads in 3.0 s"),
            ["paused (PVH)"] = (
                SomePath.Waiting(DomainType.PVH, SomePath.Stands) with { State = DomainState.Paused },
                EventPathVerdict.Stopped, EventPathLink.Domain, "the domain is paused"),
            ["spins with interrupts off (PVH)"] = (
                SomePath.Stays(SomePath.Waiting(DomainType.PVH, read => Off(read))),
                EventPathVerdict.Stopped, EventPathLink.Interrupts, "RFLAGS.IF is 0"),
            ["spins with interrupts off (HVM)"] = (
                SomePath.Stays(SomePath.Waiting(DomainType.HVM, read => Off(read))),
                EventPathVerdict.Stopped, EventPathLink.Interrupts, "the vCPU spins at 0xffffffff81d04f10, also in 20 further reads"),
            ["off in three reads only"] = (
                SomePath.Waiting(DomainType.PVH, read => Off(read)),
                EventPathVerdict.Unknown, null, "at 0xffffffff81d04f10: a busy kernel can look the same"),
            ["off three times, and on in a further read"] = (
                With(SomePath.Stays(SomePath.Waiting(DomainType.PVH, read => Off(read))), context => context with { InterruptFlag = true }),
                EventPathVerdict.Passing, null, "a busy channel looks the same"),
            ["off three times, and at another place in a further read"] = (
                With(
                    SomePath.Stays(SomePath.Waiting(DomainType.PVH, read => Off(read))),
                    context => context with { InstructionPointer = 0xffff_ffff_8100_0000 }),
                EventPathVerdict.Unknown, null, "in further reads at different places of its code"),
            ["off three times, and not known in a further read"] = (
                With(
                    SomePath.Stays(SomePath.Waiting(DomainType.PVH, read => Off(read))),
                    context => context with { InterruptFlag = null, WhyUnknown = "Xen refused it" }),
                EventPathVerdict.Unknown, null, "which a busy kernel can show too: Xen refused it"),
            ["off three times, and the further reads failed"] = (
                SomePath.Stays(SomePath.Waiting(DomainType.PVH, read => Off(read))) with { WhyNoSeries = "it ended" },
                EventPathVerdict.Unknown, null, "which a busy kernel can show too: it ended"),
            ["waits for a lock"] = (
                SomePath.Waiting(DomainType.PVH, read => Off(read) with { Run = read.Run!.Value with { Blocked = true, Running = false } }),
                EventPathVerdict.Unknown, null, "one that waits for a lock looks the same"),
            ["sleeps with interrupts off"] = (
                SomePath.Waiting(DomainType.PVH, read => SomePath.Sleeps(Off(read))),
                EventPathVerdict.Stopped, EventPathLink.Interrupts, "the vCPU sleeps at 0xffffffff81d04f10"),
            ["gets no processor, with interrupts off"] = (
                SomePath.Waiting(DomainType.PVH, read => SomePath.Stands(Off(read))),
                EventPathVerdict.Stopped, EventPathLink.Execution, "ready to run, but got no processor time"),
            ["masks its upcalls at one place in three reads only (PV)"] = (
                SomePath.Waiting(DomainType.PV, read => read with { UpcallMask = true }),
                EventPathVerdict.Unknown, null, "a busy kernel can look the same"),
            ["masks its upcalls, and leaves the place in a further read (PV)"] = (
                With(
                    SomePath.Stays(SomePath.Waiting(DomainType.PV, read => read with { UpcallMask = true })),
                    context => context with { InstructionPointer = 0xffff_ffff_8100_0000 }),
                EventPathVerdict.Unknown, null, "in further reads at different places of its code"),
            ["spins in its upcall (PV)"] = (
                SomePath.Stays(SomePath.Waiting(DomainType.PV, read => SomePath.At(read with { UpcallMask = true }, SomePath.Callback))),
                EventPathVerdict.Stopped, EventPathLink.Interrupts, "evtchn_upcall_mask is 1 in each of 3 reads in 3.0 s, and the vCPU "
                    + "spins at 0xffffffff81e01230, its event callback"),
            ["vCPU offline (PV)"] = (
                SomePath.Waiting(DomainType.PV, read => Offline(read) with { UpcallMask = true }),
                EventPathVerdict.Stopped, EventPathLink.Vcpu, "vCPU 0 is offline"),
            ["vCPU offline (PVH)"] = (
                SomePath.Waiting(DomainType.PVH, read => Offline(read) with { Context = null }),
                EventPathVerdict.Stopped, EventPathLink.Vcpu, "vCPU 0 is offline"),
            ["kernel crashed (PVH)"] = (
                SomePath.Waiting(DomainType.PVH, read => Disabled(Off(read))) with { State = DomainState.Crashed },
                EventPathVerdict.Stopped, EventPathLink.Domain, "the domain has crashed"),
            ["backend gone"] = (
                SomePath.Quiet(DomainType.PV) with
                {
                    Channel = SomePath.Channel() with { State = ChannelState.Unbound, RemotePort = null },
                },
                EventPathVerdict.Stopped, EventPathLink.Channel, "waits for domain 0 to connect"),
            ["before boot (PVH)"] = (
                Blind(SomePath.Quiet(DomainType.PVH), read => Disabled(read, callback: 0)),
                EventPathVerdict.Stopped, EventPathLink.Callback, "the guest has set no callback, and its APIC is disabled"),
            ["closed port"] = (
                SomePath.Quiet(DomainType.PV) with
                {
                    Channel = SomePath.Channel() with { State = ChannelState.Closed, Vcpu = null },
                },
                EventPathVerdict.Stopped, EventPathLink.Channel, "the port is closed"),
            ["the other end is closed"] = (
                SomePath.Quiet(DomainType.PV) with { Peer = PeerState.Closed },
                EventPathVerdict.Stopped, EventPathLink.Sender, "port 40 of domain 0 is closed"),
            ["masked, and the other end is closed"] = (
                SomePath.Waiting(DomainType.PV, read => read with { Masked = true }) with { Peer = PeerState.Closed },
                EventPathVerdict.Stopped, EventPathLink.Mask, "masked in each of 3 reads"),
            ["the other domain is paused"] = (
                SomePath.Quiet(DomainType.PV) with { PeerDomain = DomainState.Paused },
                EventPathVerdict.Stopped, EventPathLink.Sender, "domain 0 is paused"),
            ["lost: in no queue"] = (
                SomePath.Waiting(DomainType.PV, read => SomePath.Sleeps(read) with { Queued = false, UpcallPending = false }),
                EventPathVerdict.Stopped, EventPathLink.Queue, "in no queue of the guest"),
            ["lost: selector clear"] = (
                SomePath.Waiting(
                    DomainType.PVH,
                    read => SomePath.Sleeps(read) with { Queued = false, UpcallPending = false },
                    EventAbi.TwoLevel),
                EventPathVerdict.Stopped, EventPathLink.Queue, "the bit of its word is clear in the selector"),
            ["lost: not notified"] = (
                SomePath.Waiting(DomainType.PV, read => SomePath.Sleeps(read) with { UpcallPending = false }),
                EventPathVerdict.Stopped, EventPathLink.Upcall, "evtchn_upcall_pending is 0"),
            ["no callback (PV)"] = (
                SomePath.Waiting(DomainType.PV, read => read with { Context = read.Context! with { EventCallback = 0 } }),
                EventPathVerdict.Stopped, EventPathLink.Callback, "no event callback"),
            ["APIC disabled (PVH)"] = (
                SomePath.Waiting(DomainType.PVH, read => Disabled(read)),
                EventPathVerdict.Stopped, EventPathLink.Apic, "disabled"),
            ["request blocked by a vector in service"] = (
                SomePath.Stays(SomePath.Waiting(DomainType.PVH, read => With(read, new LocalApic(true, 0x10, [0xf3], [0xf7])))),
                EventPathVerdict.Stopped, EventPathLink.Apic, "ISR 0xf7"),
            ["request blocked, and the vCPU sleeps"] = (
                SomePath.Waiting(DomainType.PVH, read => SomePath.Sleeps(With(read, new LocalApic(true, 0x10, [0xf3], [0xf7])))),
                EventPathVerdict.Stopped, EventPathLink.Apic, "ISR 0xf7"),
            ["request blocked in three reads only"] = (
                SomePath.Waiting(DomainType.PVH, read => With(read, new LocalApic(true, 0x10, [0xf3], [0xf7]))),
                EventPathVerdict.Unknown, null, "a busy kernel can look the same"),
            ["request blocked three times, and not in a further read"] = (
                With(
                    SomePath.Stays(SomePath.Waiting(DomainType.PVH, read => With(read, new LocalApic(true, 0x10, [0xf3], [0xf7])))),
                    context => context with { Apic = new LocalApic(true, 0x10, [0xf3], []) }),
                EventPathVerdict.Passing, null, "a busy channel looks the same"),
            ["not woken"] = (
                SomePath.Waiting(DomainType.PV, SomePath.Sleeps),
                EventPathVerdict.Stopped, EventPathLink.Execution, "slept (blocked), without processor time"),
            ["gets no processor"] = (
                SomePath.Waiting(DomainType.PVH, SomePath.Stands),
                EventPathVerdict.Stopped, EventPathLink.Execution, "ready to run, but got no processor time"),
            ["busy"] = (SomePath.Waiting(DomainType.PVH), EventPathVerdict.Passing, null, "a busy channel looks the same"),
            ["handled between two reads"] = (
                Change(SomePath.Waiting(DomainType.PV), 1, read => read with { Pending = false }),
                EventPathVerdict.Passing, null, "set in 2 of 3 reads"),
            ["interrupts off at different places"] = (
                Change(SomePath.Waiting(DomainType.PVH, read => Off(read)), 1, read => SomePath.At(read, 0xffff_ffff_8100_0000)),
                EventPathVerdict.Unknown, null, "a busy kernel looks the same"),
            ["masked, one read"] = (
                First(SomePath.Waiting(DomainType.PV, read => read with { Masked = true })),
                EventPathVerdict.Unknown, null, "masked in the only read, which does not show whether it stays so"),
            ["paused, one read"] = (
                First(SomePath.Waiting(DomainType.PV) with { State = DomainState.Paused }),
                EventPathVerdict.Stopped, EventPathLink.Domain, "the domain is paused"),
            ["bits not known"] = (
                Blind(SomePath.Quiet(DomainType.PV), read => read) with { WhyNoBits = "its event array was not found" },
                EventPathVerdict.Unknown, null, "beyond the pending bit is not known: its event array was not found."),
            ["consumed by Xen"] = (
                SomePath.Quiet(DomainType.HVM) with
                {
                    Channel = SomePath.Channel() with { State = null, Vcpu = null, StateNote = "Xen does not report it" },
                    Reads = [],
                },
                EventPathVerdict.Unknown, null, "Xen does not report it"),
            ["no callback that a call returns (HVM)"] = (
                SomePath.Waiting(DomainType.HVM, read => read with { Context = read.Context! with { CallbackIrq = 0 } }),
                EventPathVerdict.Unknown, null, "it may use a vector for each vCPU"),
            ["masked, and nothing waits"] = (
                Every(SomePath.Quiet(DomainType.PV), read => read with { Masked = true }),
                EventPathVerdict.Quiet, null, "The next one would wait at the mask"),
        };

    public static TheoryData<string> Cases => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void ACaseStopsWhereItDid(string name)
    {
        var (facts, verdict, stopsAt, words) = s_cases[name];

        var found = EventPathEvaluator.Evaluate(facts);

        Assert.Equal((verdict, stopsAt), (found.Verdict, found.StopsAt));
        Assert.Contains(words, found.Evidence, StringComparison.Ordinal);
        Assert.EndsWith(".", found.Evidence, StringComparison.Ordinal);
        AssertConsistent(facts, found);
    }

    // With another callback than the vector of each vCPU, the same APIC is no stop.
    [Theory]
    [InlineData(DomainType.PVH, 1ul, EventPathLink.Apic)]
    [InlineData(DomainType.HVM, 1ul, null)]
    [InlineData(DomainType.PVH, 2ul << 56 | 0xf3, null)]
    [InlineData(DomainType.HVM, 9ul, null)]
    public void ADisabledApicStopsOnlyWhatNeedsIt(DomainType type, ulong callback, EventPathLink? stopsAt)
    {
        var found = EventPathEvaluator.Evaluate(SomePath.Waiting(type, read => Disabled(read, callback)));

        Assert.Equal(stopsAt, found.StopsAt);
    }

    [Fact]
    public void TheLinksAreInTheOrderOfTheEvent()
    {
        Assert.Equal(
            Enum.GetValues<EventPathLink>(),
            EventPathEvaluator.Evaluate(SomePath.Quiet(DomainType.PVH)).Steps.Select(step => step.Link));
        Assert.Equal(
            Enum.GetValues<EventPathLink>().Where(link => link != EventPathLink.Apic),
            EventPathEvaluator.Evaluate(SomePath.Quiet(DomainType.PV)).Steps.Select(step => step.Link));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void NoCombinationOfValuesClaimsAStopFromAnUnknown(int seed)
    {
        var random = new Random(seed);
        var verdicts = new HashSet<EventPathVerdict>();
        var stops = new HashSet<EventPathLink>();
        for (var round = 0; round < 40_000; round++)
        {
            var facts = Any(random);
            var found = EventPathEvaluator.Evaluate(facts);
            AssertConsistent(facts, found);
            verdicts.Add(found.Verdict);
            if (found.StopsAt is { } stop) stops.Add(stop);
        }
        Assert.Equal(Enum.GetValues<EventPathVerdict>(), verdicts.Order());
        // A pending bit never stops an event.
        Assert.Equal(Enum.GetValues<EventPathLink>().Where(link => link != EventPathLink.Pending), stops.Order());
    }

    // The rules of the verdicts, written a second time and from the values alone.
    private static void AssertConsistent(EventPathFacts facts, EventPathFinding found)
    {
        var reads = facts.Reads;
        Assert.Equal(found.Verdict == EventPathVerdict.Stopped, found.StopsAt is not null);
        Assert.Equal(found.Steps.Select(step => step.Link).Distinct(), found.Steps.Select(step => step.Link));
        Assert.All(found.Steps, step => Assert.NotEmpty(step.Evidence));
        if (found.Verdict == EventPathVerdict.Quiet) Assert.All(reads, read => Assert.False(read.Pending));
        if (found.Verdict is EventPathVerdict.Quiet or EventPathVerdict.Passing) Assert.NotEmpty(reads);
        if (found.Verdict == EventPathVerdict.Passing) Assert.All(reads, read => Assert.NotNull(read.Pending));
        if (found.Verdict == EventPathVerdict.Unknown) Assert.Contains(found.Steps, step => step.State == EventLinkState.Unknown);
        if (found.StopsAt is not { } link) return;
        Assert.Equal(EventLinkState.Stops, found.Steps.Single(step => step.Link == link).State);
        var isLong = reads.Count >= 3 && reads[^1].TakenAt - reads[0].TakenAt >= TimeSpan.FromSeconds(1);
        var isWaiting = reads.Count > 0 && reads.All(read => read.Pending == true);
        // If the type is not known, as in a core dump, the registers distinguish PV from other types.
        var registers = facts.Type is null && reads.Count > 0 ? reads[^1].Context : null;
        var isOther = registers is { InterruptFlag: not null } or { Apic: not null } or { CallbackIrq: not null };
        var isPv = facts.Type == DomainType.PV || !isOther && registers is { EventCallback: not null };
        var isTypeKnown = facts.Type is not null || isPv || isOther;
        Assert.True(link switch
        {
            EventPathLink.Sender => facts is { Peer: not (PeerState.Unknown or PeerState.Fits) }
                or { PeerDomain: DomainState.Paused or DomainState.Crashed },
            EventPathLink.Channel => facts.Channel.State is ChannelState.Closed or ChannelState.Unbound,
            EventPathLink.Domain => facts.State is DomainState.Paused or DomainState.Crashed,
            EventPathLink.Vcpu => reads[^1].Run is { Online: false },
            EventPathLink.Callback => isPv
                ? reads[^1].Context is { EventCallback: 0 }
                : isTypeKnown && reads[^1].Context is { CallbackIrq: 0, Apic.IsEnabled: false },
            EventPathLink.Mask => isLong && isWaiting && reads.All(read => read.Masked == true),
            EventPathLink.Queue => isLong && isWaiting && reads.All(read => read.Queued == false),
            EventPathLink.Upcall => isLong && isWaiting && reads.All(read => read.UpcallPending == false),
            EventPathLink.Interrupts => isLong && isWaiting
                && reads.All(read => isPv ? read.UpcallMask == true : isTypeKnown && read.Context is { InterruptFlag: false })
                && StaysOrSleeps(facts, context => isPv || context.InterruptFlag == false),
            EventPathLink.Apic => isLong && isWaiting && !isPv
                && (
                    reads.All(read => read.Context is { Apic.IsEnabled: false })
                    || reads.All(read => read.Context is { Apic: { IsEnabled: true, Requested.Count: > 0 } })
                    && StaysOrSleeps(facts, context => context.Apic is { IsEnabled: true, IsBlocked: true })),
            EventPathLink.Execution => isLong && isWaiting && reads.All(read =>
                read.Run is { } run && run.CpuTimeNanoseconds == reads[0].Run!.Value.CpuTimeNanoseconds),
            _ => false,
        });
    }

    // A vCPU that sleeps all the time, or one that runs and is at one place in all reads and in 20 further ones.
    private static bool StaysOrSleeps(EventPathFacts facts, Func<VcpuContext, bool> isClosed)
    {
        if (facts.Reads.Any(read => read is not { Run: not null, Context.InstructionPointer: not null })) return false;
        var places = facts.Reads.Select(read => read.Context!.InstructionPointer!.Value).ToArray();
        if (places.Max() - places.Min() > 256) return false;
        var progress = facts.Reads[^1].Run!.Value.CpuTimeNanoseconds > facts.Reads[0].Run!.Value.CpuTimeNanoseconds;
        if (!progress && facts.Reads.All(read => read.Run is { Blocked: true })) return true;
        return facts is { Series: { Count: 20 } series, WhyNoSeries: null }
            && progress
            && facts.Reads.All(read => read.Run is { Blocked: false })
            && series.All(context =>
                isClosed(context)
                && context.InstructionPointer is { } place
                && places.All(other => Math.Max(place, other) - Math.Min(place, other) <= 256));
    }

    private static EventPathFacts Any(Random random)
    {
        // Values that are the same in each read are what a standstill shows.
        var type = Pick<DomainType?>(random, DomainType.PV, DomainType.PVH, DomainType.HVM, null);
        var common = AnyRead(random, type, 0);
        var isSteady = random.Next(4) > 0;
        return new EventPathFacts
        {
            Type = type,
            State = Pick<DomainState?>(
                random, DomainState.Running, DomainState.Blocked, DomainState.Runnable, DomainState.Paused, DomainState.Crashed, null),
            Channel = SomePath.Channel(Pick(random, EventAbi.Fifo, EventAbi.TwoLevel, EventAbi.Unknown)) with
            {
                State = Pick<ChannelState?>(
                    random, ChannelState.Interdomain, ChannelState.Interdomain, ChannelState.Interdomain, ChannelState.VirtualIrq,
                    ChannelState.PhysicalIrq, ChannelState.Ipi, ChannelState.Unbound, ChannelState.Closed, null),
                Vcpu = Pick<int?>(random, 0, 0, 0, 0, null),
            },
            Peer = Pick(random, [.. Enum.GetValues<PeerState>(), PeerState.Fits, PeerState.Fits, PeerState.Fits]),
            PeerDomain = Pick<DomainState?>(random, DomainState.Running, DomainState.Running, DomainState.Paused, null),
            RecordSource = "guest memory",
            Series = random.Next(3) == 0
                ? null
                : isSteady && common.Context is { } context && random.Next(3) > 0
                    ? [.. Enumerable.Repeat(context, 20)]
                    :
                    [
                        .. Enumerable.Range(0, 20)
                            .Select(number => AnyRead(random, type, number).Context ?? new VcpuContext(0) { WhyUnknown = "refused" }),
                    ],
            WhyNoSeries = random.Next(8) == 0 ? "it ended" : null,
            Reads =
            [
                .. Enumerable.Range(0, Pick(random, 0, 1, 2, 3, 3, 3, 3))
                    .Select(number =>
                        (isSteady ? common : AnyRead(random, type, number)) with
                        {
                            TakenAt = common.TakenAt.AddSeconds(number * (isSteady ? 1.5 : 0.3)),
                        }),
            ],
        };
    }

    private static EventPathRead AnyRead(Random random, DomainType? type, int number)
    {
        var read = SomePath.Read(type ?? DomainType.PVH, number);
        var mostlyTrue = (bool?[])[true, true, true, false, null];
        var mostlyFalse = (bool?[])[false, false, false, true, null];
        return read with
        {
            Pending = Pick(random, mostlyTrue),
            Masked = Pick(random, mostlyFalse),
            Queued = Pick(random, mostlyTrue),
            UpcallPending = Pick(random, mostlyTrue),
            UpcallMask = Pick(random, mostlyFalse),
            Run = Pick<VcpuRunState?>(
                random,
                new VcpuRunState(0, random.Next(8) > 0, random.Next(2) > 0, random.Next(2) > 0, (ulong)random.Next(3)),
                new VcpuRunState(0, true, random.Next(2) > 0, random.Next(2) > 0, (ulong)random.Next(3)),
                null),
            Context = Pick(
                random,
                null,
                read.Context,
                read.Context! with
                {
                    InstructionPointer = Pick<ulong?>(random, 0x1000, 0x1004, 0x9000, null),
                    InterruptFlag = type == DomainType.PV ? null : Pick<bool?>(random, true, true, false, null),
                    EventCallback = type == DomainType.PV ? Pick<ulong?>(random, 0x1000, 0x2000, 0, null) : null,
                    CallbackIrq = type == DomainType.PV ? null : Pick<ulong?>(random, 0, 1, 1, 1, 9, 2ul << 56 | 0xf3, null),
                    Apic = type == DomainType.PV
                        ? null
                        : Pick(
                            random,
                            null,
                            new LocalApic(false, 0, [], []),
                            new LocalApic(true, 0x10, [0xf3], []),
                            new LocalApic(true, 0x10, [0xf3], [0xf7])),
                }),
        };
    }

    private static T Pick<T>(Random random, params ReadOnlySpan<T> values) => values[random.Next(values.Length)];

    private static EventPathRead Off(EventPathRead read) => read with { Context = read.Context! with { InterruptFlag = false } };

    private static EventPathRead Offline(EventPathRead read) =>
        SomePath.Stands(read) with { Run = new VcpuRunState(0, false, false, false, 5_000_000) };

    private static EventPathRead With(EventPathRead read, LocalApic apic) => read with { Context = read.Context! with { Apic = apic } };

    private static EventPathRead Disabled(EventPathRead read, ulong callback = 1) =>
        read with
        {
            Context = read.Context! with { CallbackIrq = callback, Apic = read.Context.Apic! with { IsEnabled = false, Requested = [] } },
        };

    private static EventPathFacts Every(EventPathFacts facts, Func<EventPathRead, EventPathRead> change) =>
        facts with { Reads = [.. facts.Reads.Select(change)] };

    // Nothing of the page and of guest memory is known.
    private static EventPathFacts Blind(EventPathFacts facts, Func<EventPathRead, EventPathRead> change) =>
        Every(
            facts,
            read =>
                change(read) with { Pending = null, Masked = null, Queued = null, UpcallPending = null, UpcallMask = null });

    private static EventPathFacts Change(EventPathFacts facts, int number, Func<EventPathRead, EventPathRead> change) =>
        facts with { Reads = [.. facts.Reads.Select((read, index) => index == number ? change(read) : read)] };

    // Changes one of the further reads.
    private static EventPathFacts With(EventPathFacts facts, Func<VcpuContext, VcpuContext> change) =>
        facts with { Series = [.. facts.Series!.Select((context, index) => index == 12 ? change(context) : context)] };

    private static EventPathFacts First(EventPathFacts facts) => facts with { Reads = [facts.Reads[0]] };
}
