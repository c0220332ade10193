using System.Text;
using XenShared.Diagnosis;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;
using XenShared.Tests.Targets.Simulated;

namespace XenShared.Tests.Diagnosis;

/// <summary>The test of channels on a simulated host, on which an event stops at each link.</summary>
public sealed class EventPathQueryTests
{
    private const uint Disk = 66;
    private const uint Store = 1;

    // What stops an event of the disk, in which guest, and at which link.
    private static readonly Dictionary<string, (SimulatedKind Kind, Action<SimulatedGuest> Cause, EventPathLink StopsAt, string Advice)>
        s_stops = new()
        {
            ["the other domain is gone"] = (SimulatedKind.PvTwoLevel, SendFromNowhere, EventPathLink.Sender, "Check domain 99"),
            ["the other end is closed"] = (
                SimulatedKind.PvhFifo, guest => guest.LosePeer(Disk), EventPathLink.Channel, "check its backend in domain 0"),
            ["masked"] = (SimulatedKind.PvStuck, _ => { }, EventPathLink.Mask, "Repair-XenEventChannel -DomId 14 -Port 66 -Unmask"),
            ["lost"] = (SimulatedKind.PvLost, _ => { }, EventPathLink.Queue, "Repair-XenEventChannel -DomId 15 -Port 66"),
            ["not notified"] = (SimulatedKind.PvTwoLevel, SelectOnly, EventPathLink.Upcall, "Repair-XenEventChannel"),
            ["paused"] = (SimulatedKind.HvmFifo, guest => guest.IsPaused = true, EventPathLink.Domain, "xl unpause 10"),
            ["crashed"] = (SimulatedKind.PvhTwoLevel, guest => guest.IsCrashed = true, EventPathLink.Domain, "xl dump-core 5"),
            ["offline"] = (
                SimulatedKind.PvhFifo, guest => guest.Vcpus[0].IsOnline = false, EventPathLink.Vcpu, "Bring vCPU 0 online"),
            ["spins, PV"] = (SimulatedKind.PvTwoLevel, Spin, EventPathLink.Interrupts, "Set-XenVcpuInfo -DomId 1 -Vcpu 0 -UpcallMask"),
            ["spins, 32-bit PV"] = (SimulatedKind.Pv32TwoLevel, Spin, EventPathLink.Interrupts, "xl dump-core"),
            ["spins, PVH"] = (SimulatedKind.PvhFifo, Spin, EventPathLink.Interrupts, "xl dump-core"),
            ["spins, HVM"] = (SimulatedKind.HvmTwoLevel, Spin, EventPathLink.Interrupts, "xl dump-core"),
            ["no callback"] = (SimulatedKind.PvFifo, guest => guest.HasCallback = false, EventPathLink.Callback, "boot loaders"),
            ["APIC disabled"] = (SimulatedKind.PvhTwoLevel, DisableApic, EventPathLink.Apic, "set up its APIC"),
            ["not woken"] = (SimulatedKind.PvTwoLevel, Wedge, EventPathLink.Execution, "Repair-XenEventChannel"),
            ["starved"] = (SimulatedKind.PvhFifo, Starve, EventPathLink.Execution, "xl vcpu-list 6"),
        };

    public static TheoryData<string> Stops => [.. s_stops.Keys];

    [Fact]
    public void AnEventIsStoppedAtEachLink() =>
        // A pending bit that is set is where an event waits, and never what it waits for.
        Assert.Equal(
            Enum.GetValues<EventPathLink>().Where(link => link != EventPathLink.Pending),
            s_stops.Values.Select(stop => stop.StopsAt).Distinct().Order());

    [Theory]
    [MemberData(nameof(Stops))]
    public void AStoppedEventIsFoundAtItsLink(string name)
    {
        var (kind, cause, stopsAt, advice) = s_stops[name];
        using var target = new SimulatedTarget(15);
        var domId = SimulatedTargetTests.DomainOf(target, kind);
        var observer = new RecordingObserver();
        cause(target.Guest(domId));
        var port = target.Guest(domId).Ports.ContainsKey(Disk) ? Disk : Store;

        var path = Assert.Single(Test(target, observer, domId, port));

        Assert.True(stopsAt == path.StopsAt, $"{path.StopsAt}: {path.Evidence}");
        Assert.Equal((EventPathVerdict.Stopped, domId, port), (path.Verdict, path.DomId, path.Port));
        Assert.Equal((target.ReadName(domId), "simulated"), (path.DomainName, path.HostName));
        Assert.Equal(EventLinkState.Stops, path.Step.Single(step => step.Link == stopsAt).State);
        Assert.Contains(advice, path.Advice, StringComparison.Ordinal);
        Assert.Empty(observer.Errors);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void OnAHealthyHostNoChannelStops(int seed)
    {
        using var target = new SimulatedTarget(15, seed);
        foreach (var domain in target.ReadDomains().Where(domain => target.ReadKind(domain.DomId) < SimulatedKind.HvmFirmware).ToArray())
        {
            if (target.ReadKind(domain.DomId) == SimulatedKind.Grub) continue;
            var channels = target.ReadPorts(domain.DomId).Bound
                .Where(port => port.State is not (null or ChannelState.Unbound or ChannelState.Ipi))
                .Select(port => port.Port)
                .ToArray();

            var paths = Test(target, new RecordingObserver(), domain.DomId, channels);

            Assert.Equal(channels, paths.Select(path => path.Port));
            Assert.All(paths, path => Assert.True(path.StopsAt is null, $"{path}: {path.Evidence}"));
            if (domain.DomId != 0)
                Assert.All(paths, path => Assert.True(path.Verdict is EventPathVerdict.Quiet or EventPathVerdict.Passing, path.Evidence));
        }
    }

    [Fact]
    public void BeforeItsKernelStartsAGuestHasNoCallback()
    {
        using var target = new SimulatedTarget(15);
        var created = SimulatedTargetTests.DomainOf(target, SimulatedKind.HvmCreated);

        var path = Assert.Single(Test(target, new RecordingObserver(), created, Store));

        Assert.Equal(EventPathLink.Callback, path.StopsAt);
        Assert.Equal(EventLinkState.Unknown, path.Step.Single(step => step.Link == EventPathLink.Pending).State);
    }

    [Fact]
    public void WithoutAPortTheWaitingChannelsAreTested()
    {
        using var target = new SimulatedTarget(15);
        var observer = new RecordingObserver();

        var paths = new EventPathQuery(target, observer).Run(DomainSelection.All).ToArray();

        Assert.Contains(paths, path => path is { DomId: 14, Port: Disk, StopsAt: EventPathLink.Mask });
        Assert.Contains(paths, path => path is { DomId: 15, Port: Disk, StopsAt: EventPathLink.Queue });
        Assert.DoesNotContain(paths, path => path.Verdict == EventPathVerdict.Quiet);
        Assert.Contains(observer.Warnings, warning => warning is { DomId: 0, Id: XenErrorId.EventStateUnknown });
        Assert.Empty(observer.Errors);
    }

    [Fact]
    public void APortThatDoesNotExistIsAnErrorAndAClosedOneAStop()
    {
        using var target = new SimulatedTarget(15);
        var observer = new RecordingObserver();

        var path = Assert.Single(Test(target, observer, 1, 100, 5000));

        Assert.Equal((100u, (EventPathLink?)EventPathLink.Channel), (path.Port, path.StopsAt));
        Assert.Equal([XenErrorId.EventChannelNotFound], observer.ErrorIds);
    }

    [Fact]
    public void ReadsOfALiveHostAreAnIntervalApart()
    {
        var target = new FakeTarget(new FakeDomain { Reading = Some.Domain(), PageError = Some.Error(XenErrorId.SharedInfoNotMapped) });
        var time = new AutoTime();

        _ = new EventPathQuery(target, new RecordingObserver()) { Time = time, Interval = TimeSpan.FromSeconds(2) }
            .Run(DomainSelection.All)
            .Count();

        Assert.Equal(Enumerable.Repeat(TimeSpan.FromSeconds(2), 2), time.Waits);
    }

    [Theory]
    [MemberData(nameof(Stops))]
    public void ACaptureGivesTheSameAnswers(string name)
    {
        var (kind, cause, stopsAt, _) = s_stops[name];
        var (host, twin) = (new SimulatedTarget(15), new SimulatedTarget(15));
        var domId = SimulatedTargetTests.DomainOf(host, kind);
        cause(host.Guest(domId));
        cause(twin.Guest(domId));
        var port = host.Guest(domId).Ports.ContainsKey(Disk) ? Disk : Store;
        using var capture = Capture(twin, CaptureParts.Standard | CaptureParts.VcpuContexts, EventPathQuery.ReadCount);
        var observer = new RecordingObserver();

        var live = Assert.Single(Test(host, new RecordingObserver(), domId, port));
        var path = Assert.Single(Test(capture, observer, domId, port));

        Assert.Equal(WithoutPlace(WithoutSender(live)), WithoutSender(path));
        // A capture can omit domains, so a test of a capture never claims that a domain does not exist.
        if (stopsAt != EventPathLink.Sender)
            Assert.Equal((live.Verdict, live.StopsAt, live.Evidence), (path.Verdict, path.StopsAt, path.Evidence));
        Assert.Empty(observer.Warnings);
    }

    [Theory]
    [MemberData(nameof(Stops))]
    public void ARemoteHostGivesTheSameAnswers(string name)
    {
        var (kind, cause, _, _) = s_stops[name];
        var (host, twin) = (new SimulatedTarget(15), new SimulatedTarget(15));
        var domId = SimulatedTargetTests.DomainOf(host, kind);
        cause(host.Guest(domId));
        cause(twin.Guest(domId));
        var port = host.Guest(domId).Ports.ContainsKey(Disk) ? Disk : Store;
        using var remote = new HookedTarget(twin) { IsRemote = true };

        var live = Assert.Single(Test(host, new RecordingObserver(), domId, port));
        var path = Assert.Single(Test(remote, new RecordingObserver(), domId, port));

        Assert.Equal(WithoutPlace(live.Step), path.Step);
        Assert.Equal((live.Verdict, live.StopsAt, live.Evidence, live.Advice), (path.Verdict, path.StopsAt, path.Evidence, path.Advice));
    }

    [Fact]
    public void AnEventInAQueueHasItsPlace()
    {
        using var target = new SimulatedTarget(15);
        var domId = SimulatedTargetTests.DomainOf(target, SimulatedKind.PvhFifo);
        Spin(target.Guest(domId));

        var path = Assert.Single(Test(target, new RecordingObserver(), domId, Disk));

        Assert.Matches(
            "^event [0-9]+ of [0-9]+ in the queue of priority 7 of vCPU 0, which is ready$",
            path.Step.Single(step => step.Link == EventPathLink.Queue).Evidence);
    }

    // A busy kernel can show the same as one that spins in each of three reads, wherever these come from.
    [Theory]
    [InlineData("local")]
    [InlineData("remote")]
    [InlineData("capture")]
    public void ABusyKernelStopsNothing(string source)
    {
        using var host = new SimulatedTarget(15);
        var domId = SimulatedTargetTests.DomainOf(host, SimulatedKind.PvhFifo);
        Spin(host.Guest(domId));
        var (reads, current) = (0, 0);
        var busy = new HookedTarget(host)
        {
            IsRemote = source == "remote",
            BeforeContexts = id => current = id,
            ChangeContexts = contexts =>
            {
                if (current != domId) return contexts;
                var read = reads++;
                return [.. contexts.Select(context => context with { InterruptFlag = read >= EventPathQuery.ReadCount })];
            },
        };
        using IXenDataSource target = source == "capture"
            ? Capture(busy, CaptureParts.Standard | CaptureParts.VcpuContexts, EventPathQuery.ReadCount)
            : busy;

        var path = Assert.Single(Test(target, new RecordingObserver(), domId, Disk));

        Assert.Equal((EventPathVerdict.Passing, (EventPathLink?)null), (path.Verdict, path.StopsAt));
        Assert.Equal(EventPathQuery.ReadCount + 20, reads);
        Assert.Contains(
            "RFLAGS.IF was 1 in 20 of 20 further reads",
            path.Step.Single(step => step.Link == EventPathLink.Interrupts).Evidence,
            StringComparison.Ordinal);
    }

    // A capture of an earlier version, or one that was cut short, contains too few reads to distinguish the two.
    [Fact]
    public void ACaptureWithoutFurtherReadsLeavesOpenWhatSpins()
    {
        using var host = new SimulatedTarget(15);
        var domId = SimulatedTargetTests.DomainOf(host, SimulatedKind.PvhFifo);
        Spin(host.Guest(domId));
        using var output = new MemoryStream();
        new CaptureExport(host, new RecordingObserver())
        {
            Parts = CaptureParts.Standard | CaptureParts.VcpuContexts,
            ReadCount = EventPathQuery.ReadCount,
            Compress = false,
        }.Run(DomainSelection.All, output);
        var lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var further = $"\"vcpuseries\",\"domid\":{domId},";
        string[] kept = [.. lines.SkipLast(1).Where(line => !line.Contains(further, StringComparison.Ordinal))];
        Assert.Equal(20, lines.Length - 1 - kept.Length);
        var text = string.Join('\n', [.. kept, $"{{\"kind\":\"end\",\"lines\":{kept.Length}}}", ""]);
        using var capture = CaptureText.Open(Encoding.UTF8.GetBytes(text));

        var path = Assert.Single(Test(capture, new RecordingObserver(), domId, Disk));

        Assert.Equal((EventPathVerdict.Unknown, (EventPathLink?)null), (path.Verdict, path.StopsAt));
        Assert.EndsWith(
            "which a busy kernel can show too: the file contains no further reads.", path.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void OnlyAVcpuThatCanSpinIsReadFurther()
    {
        using var host = new SimulatedTarget(15);
        var reads = new List<ushort>();
        var hooked = new HookedTarget(host) { BeforeContexts = reads.Add };

        _ = new EventPathQuery(hooked, new RecordingObserver()).Run(DomainSelection.All).Count();

        Assert.All(reads.CountBy(domId => domId), count => Assert.Equal(EventPathQuery.ReadCount, count.Value));
    }

    [Fact]
    public void ACaptureWithoutProcessorStatesNamesWhatItLacks()
    {
        using var host = new SimulatedTarget(15);
        var domId = SimulatedTargetTests.DomainOf(host, SimulatedKind.PvhFifo);
        Spin(host.Guest(domId));
        using var capture = Capture(host, CaptureParts.Standard, reads: 1);
        var observer = new RecordingObserver();

        var path = Assert.Single(Test(capture, observer, domId, Disk));

        Assert.Equal(EventPathVerdict.Unknown, path.Verdict);
        Assert.Equal(
            "the file does not contain the processor state of the vCPU",
            path.Step.Single(step => step.Link == EventPathLink.Interrupts).Evidence);
        Assert.Contains("contains no processor states of vCPUs", Assert.Single(observer.Warnings).Message, StringComparison.Ordinal);
    }

    // A channel that was bound again between two reads is another channel, so its reads prove nothing.
    [Fact]
    public void ReadsOfAnotherBindingAreLeftOut()
    {
        using var target = new SimulatedTarget(15);
        var looks = 0;
        var hooked = new HookedTarget(target)
        {
            BeforeSamples = _ =>
            {
                if (++looks != 3) return;
                var guest = target.Guest(14);
                guest.Bind(guest.Ports[Disk] with { Reading = guest.Ports[Disk].Reading with { RemotePort = 4321 } });
            },
        };

        var path = Assert.Single(
            new EventPathQuery(hooked, new RecordingObserver()) { Ports = [Disk] }.Run(new DomainSelection { DomIds = [14] }));

        Assert.NotEqual(EventPathLink.Mask, path.StopsAt);
        Assert.Contains(path.Step, step => step.Evidence.Contains("masked in the only read", StringComparison.Ordinal));
    }

    private static CaptureTarget Capture(IXenDataSource target, CaptureParts parts, int reads)
    {
        using var output = new MemoryStream();
        new CaptureExport(target, new RecordingObserver()) { Parts = parts, ReadCount = reads }.Run(DomainSelection.All, output);
        return CaptureText.Open(output.ToArray());
    }

    private static IEnumerable<XenEventPathStep> WithoutSender(XenEventPath path) =>
        path.Step.Where(step => step.Link != EventPathLink.Sender);

    // Only the host itself has control blocks, and so the place of an event in its queue.
    private static IEnumerable<XenEventPathStep> WithoutPlace(IEnumerable<XenEventPathStep> steps) =>
        steps.Select(step =>
            step.Link == EventPathLink.Queue && step.Evidence.Contains(" the queue of priority ", StringComparison.Ordinal)
                ? step with { Evidence = "in a queue of the guest" }
                : step);

    private static XenEventPath[] Test(IXenDataSource target, RecordingObserver observer, ushort domId, params uint[] ports) =>
        [.. new EventPathQuery(target, observer) { Ports = ports }.Run(new DomainSelection { DomIds = [domId] })];

    private static void SendFromNowhere(SimulatedGuest guest)
    {
        var disk = guest.Ports[Disk];
        guest.Bind(disk with { Reading = disk.Reading with { RemoteDomId = 99 }, Period = 0 });
        guest.Advance(100);
    }

    private static void Spin(SimulatedGuest guest)
    {
        guest.Vcpus[0].IsSpinning = true;
        Send(guest);
    }

    private static void DisableApic(SimulatedGuest guest)
    {
        guest.Vcpus[0].IsApicEnabled = false;
        Send(guest);
    }

    private static void Starve(SimulatedGuest guest)
    {
        guest.Vcpus[0].IsStarved = true;
        Send(guest);
    }

    private static void Send(SimulatedGuest guest)
    {
        guest.Raise(Disk);
        guest.Advance(100);
    }

    // All that Xen would set, set by hand on a vCPU that sleeps: every later event ends at the upcall bit.
    private static void Wedge(SimulatedGuest guest)
    {
        while (!guest.Vcpus[0].IsBlocked) guest.Advance(1);
        guest.Memory.Page(guest.Vcpus[0].RecordFrame)[guest.Upcall(guest.Vcpus[0])] = 1;
        Send(guest);
    }

    // Xen would have set the upcall bit too. Any other event would make the sleeping vCPU check the selector.
    private static void SelectOnly(SimulatedGuest guest)
    {
        foreach (var port in guest.Ports.Values.ToArray()) guest.Bind(port with { Period = 0 });
        guest.Advance(200);
        var vcpu = guest.Vcpus[0];
        vcpu.IsTimerArmed = false;
        vcpu.IsBlocked = true;
        var layout = SharedInfoLayout.X86_64;
        Some.Set(guest.SharedPage(), layout.PendingOffset, Disk);
        layout.Vcpu.PendingSelector.Write(guest.Memory.Page(vcpu.RecordFrame).AsSpan(vcpu.RecordOffset), ulong.MaxValue);
        guest.Memory.Page(vcpu.RecordFrame)[guest.Upcall(vcpu)] = 0;
    }
}
