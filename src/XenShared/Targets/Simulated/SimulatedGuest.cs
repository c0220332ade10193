using System.Globalization;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Targets.Simulated;

/// <summary>
/// Simulates a domain: its memory, its vCPUs, and Xen's actions on them. Its time advances only on request, in ticks of 10 ms.
/// </summary>
internal sealed class SimulatedGuest
{
    public const int TicksPerSecond = 100;

    /// <summary>The time at which the simulated Xen started: every domain's wall clock.</summary>
    public static readonly WallClockContent XenStart = new(2, 1_767_225_600, 250_000_000);

    private const ulong HvmPageFrame = 0x10;
    private const ulong FirmwarePageFrame = 0xfdfff;
    private const ulong IdleAddress = 0xffff_ffff_81d0_4f10;
    private const ulong LoopAddress = 0xffff_ffff_c040_1018;
    private const ulong CallbackAddress = 0xffff_ffff_81e0_1230;
    private const byte UpcallVector = 0xf3;
    private const int FirstRecordPage = 6;
    private const int ArrayPage = 12;
    private const int ControlPage = 13;
    private const int TickNanoseconds = 1_000_000_000 / TicksPerSecond;

    private readonly Dictionary<uint, PlannedPort> _ports;
    private readonly Dictionary<string, string> _nodes;
    private PortTable? _portTable;
    private readonly IEventDelivery _delivery;
    private readonly GuestKernel _kernel;

    /// <summary>Creates a domain.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="uuid">The UUID of a domain that reuses the number of an ended one; null for the planned UUID.</param>
    public SimulatedGuest(GuestPlan plan, Guid? uuid = null)
    {
        Plan = plan;
        Uuid = uuid ?? plan.Uuid;
        Memory = new SimulatedMemory(plan);
        Now = plan.UptimeTicks;
        _ports = plan.Ports.ToDictionary(port => port.Reading.Port);
        _nodes = plan
            .Ports.Where(port => port.Node is not null)
            .ToDictionary(port => port.Node!, port => port.Reading.Port.ToString(CultureInfo.InvariantCulture));
        Store = new SimulatedStore(plan.DomId, _nodes);
        PageFrame = plan.Kind switch
        {
            SimulatedKind.HvmCreated => null,
            SimulatedKind.HvmFirmware => FirmwarePageFrame,
            _ => plan.Type == DomainType.PV ? plan.FirstFrame + 0xff : HvmPageFrame,
        };
        Vcpus = [.. Enumerable.Range(0, plan.VcpuCount).Select(NewVcpu)];
        _delivery = plan.Abi == EventAbi.Fifo
            ? new FifoDelivery(() => Memory.Page(ArrayFrame), vcpu => Memory.Page(ControlFrame(vcpu)), OwnerOf)
            : new TwoLevelDelivery(plan.Layout, SharedPage, vcpu => Memory.Page(vcpu.RecordFrame), VcpuOf);
        HasCallback = plan.TakesUpcalls;
        _kernel = new GuestKernel(this, _delivery);
        GuestBoot.Fill(this, Memory);
        _kernel.Start();
    }

    public GuestPlan Plan { get; }

    public Guid Uuid { get; }

    public SimulatedMemory Memory { get; }

    public IReadOnlyList<SimulatedVcpu> Vcpus { get; }

    /// <summary>Gets the time in ticks since the start.</summary>
    public long Now { get; private set; }

    /// <summary>Gets Xen's system time in nanoseconds.</summary>
    public ulong SystemTime => (ulong)Now * TickNanoseconds;

    public DateTimeOffset Date =>
        DateTimeOffset
            .FromUnixTimeSeconds((long)XenStart.Seconds)
            .AddTicks(XenStart.Nanoseconds / 100)
            .AddSeconds((double)Now / TicksPerSecond);

    /// <summary>Gets the frame of the guest's shared page; null while there is none.</summary>
    public ulong? PageFrame { get; private set; }

    /// <summary>Gets the frame of the event array of a FIFO guest.</summary>
    public ulong ArrayFrame => Memory.FrameOf(ArrayPage);

    /// <summary>Returns the frame of the control block of a vCPU of a FIFO guest.</summary>
    public ulong ControlFrame(SimulatedVcpu vcpu) => Memory.FrameOf(ControlPage + vcpu.Number);

    /// <summary>Gets or sets the start time for xenstore; null for none.</summary>
    public string? StartTime { get; set; }

    /// <summary>Gets a value indicating whether the toolstack has paused the guest.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Gets or sets a value indicating whether its kernel has crashed.</summary>
    public bool IsCrashed { get; set; }

    /// <summary>
    /// Gets the number of its pages that Xen still counts after the domain was destroyed, because something holds them; null while it
    /// exists.
    /// </summary>
    public ulong? HeldPages { get; private set; }

    /// <summary>Gets or sets a value indicating whether its kernel has set a callback for events.</summary>
    public bool HasCallback { get; set; }

    public SimulatedHealth Health => _kernel.CheckHealth();

    public IReadOnlyDictionary<uint, PlannedPort> Ports => _ports;

    /// <summary>Gets the xenstore nodes of the guest's ports. A correct backend updates them on a change.</summary>
    public IDictionary<string, string> Nodes => _nodes;

    /// <summary>Gets xenstore's nodes about its devices.</summary>
    public SimulatedStore Store { get; }

    public byte[] SharedPage() => Memory.Page(PageFrame ?? HvmPageFrame);

    /// <summary>Gets the number of lines that the guest has printed since it began to work, and of lines that it has read.</summary>
    public (long Printed, long Read) Lines => _kernel.Lines;

    /// <summary>Gets the port of the guest's console; null if the port is closed.</summary>
    public uint? ConsolePort => _ports.Values.FirstOrDefault(port => port.Node == "console/port")?.Reading.Port;

    /// <summary>Returns the number of events of a port that the guest has handled.</summary>
    public long Handled(uint port) => _kernel.Handled(port);

    /// <summary>Advances the time.</summary>
    public void Advance(int ticks)
    {
        for (; ticks > 0; ticks--)
        {
            Now++;
            if (IsPaused || IsCrashed || HeldPages is not null || PageFrame is null) continue;
            RaiseTimers();
            RaiseTraffic(last: false);
            if (_kernel.TakeConsumed() && ConsolePort is { } console) Raise(console);
            foreach (var vcpu in Vcpus) Run(vcpu);
            RaiseTraffic(last: true);
        }
    }

    /// <summary>Sends an event like Xen (<c>set_pending</c>).</summary>
    public void Raise(uint port)
    {
        if (PageFrame is null || OwnerOf(port) is not { } vcpu) return;
        _kernel.Sent(port);
        if (_delivery.Raise(port, vcpu)) MarkEventsPending(vcpu);
    }

    /// <summary>Unmasks a port like the guest, so that Xen delivers its pending event.</summary>
    public void Unmask(uint port)
    {
        if (OwnerOf(port) is { } vcpu && _delivery.Unmask(port, vcpu)) MarkEventsPending(vcpu);
    }

    /// <summary>Makes the guest work: it prints a line every 0.3 s from now on.</summary>
    public void Work() => _kernel.Work();

    /// <summary>Types a line on the guest's console.</summary>
    public void Type()
    {
        _kernel.Typed();
        if (ConsolePort is { } console) Raise(console);
    }

    // Sets the upcall, and wakes the vCPU. If the upcall is already set, the vCPU is not woken, as in Xen. So a vCPU that is blocked with
    // its upcall set sleeps forever.
    private void MarkEventsPending(SimulatedVcpu vcpu)
    {
        if (AtomicField.CompareExchange(Memory.Page(vcpu.RecordFrame), Upcall(vcpu), 1, 0, 1) != 0) return;
        vcpu.IsAsserted = true;
        vcpu.IsBlocked = false;
    }

    /// <summary>Closes a port like the guest. Xen clears its event.</summary>
    /// <param name="port">The port.</param>
    /// <param name="leavesNode">Whether the xenstore node remains.</param>
    public void Close(uint port, bool leavesNode = false)
    {
        if (!_ports.Remove(port, out var closed)) return;
        _portTable = null;
        if (closed.Node is { } node && !leavesNode) _nodes.Remove(node);
        _delivery.Forget(port);
        _kernel.Closed(port);
    }

    /// <summary>Binds a port, or changes its binding.</summary>
    public void Bind(PlannedPort port)
    {
        _ports[port.Reading.Port] = port;
        _portTable = null;
    }

    /// <summary>Closes the other end of a port. Xen then makes the port unbound for the same domain.</summary>
    public void LosePeer(uint port)
    {
        var planned = _ports[port];
        Bind(planned with { Reading = planned.Reading with { State = ChannelState.Unbound, RemotePort = null }, Period = 0 });
    }

    /// <summary>Destroys the domain while something holds pages of it: closes all ports, and removes its xenstore nodes.</summary>
    public void Destroy(ulong heldPages)
    {
        HeldPages = heldPages;
        foreach (var port in _ports.Keys.ToArray()) Close(port);
        _nodes.Clear();
        Store.Clear();
    }

    /// <summary>Moves the page, like an HVM guest when its kernel starts.</summary>
    public void MovePage(ulong frame)
    {
        if (PageFrame is not { } old) return;
        Memory.Move(old, frame);
        foreach (var vcpu in Vcpus.Where(vcpu => vcpu.RecordFrame == old)) vcpu.RecordFrame = frame;
        PageFrame = frame;
        _kernel.LeftBehind(old);
    }

    /// <summary>Returns its ports. The table is created again only after a change.</summary>
    public PortTable PortTable() =>
        _portTable ??= new(
            Math.Max(GuestPlan.ValidPorts, (_ports.Keys.DefaultIfEmpty().Max() / 64 + 1) * 64),
            [.. _ports.Values.Select(port => port.Reading).OrderBy(port => port.Port)]);

    public DomainInfo Reading() =>
        new()
        {
            DomId = Plan.DomId,
            Uuid = Uuid,
            Type = Plan.Type,
            State =
                HeldPages is not null ? DomainState.Dying
                : IsCrashed ? DomainState.Crashed
                : IsPaused ? DomainState.Paused
                : PageFrame is null || Vcpus.Any(vcpu => !vcpu.IsBlocked) ? DomainState.Runnable
                : DomainState.Blocked,
            ShutdownReason = IsCrashed ? ShutdownReason.Crash : null,
            PvWidth = Plan.Type == DomainType.PV ? Plan.Layout.WordBytes * 8 : null,
            SharedInfoFrame = PageFrame,
            CpuTimeNanoseconds = Vcpus.Aggregate(0ul, (sum, vcpu) => sum + vcpu.CpuTime),
            TotalPages = HeldPages ?? GuestPlan.MemoryPages + 1,
            OnlineVcpus = Vcpus.Count(vcpu => vcpu.IsOnline),
            MaxVcpuId = Plan.VcpuCount - 1,
        };

    public VcpuRunState[] VcpuRunStates() =>
        [
            .. Vcpus.Select(vcpu => new VcpuRunState(
                vcpu.Number,
                vcpu.IsOnline,
                vcpu.IsBlocked,
                Running: vcpu.IsSpinning || (vcpu is { IsBlocked: false, IsStarved: false } && !Plan.Blocks),
                vcpu.CpuTime)),
        ];

    /// <summary>Returns the processor states of its vCPUs.</summary>
    public VcpuContext[] VcpuContexts() =>
        [.. VcpuRunStates().Select(run => ToContext(Vcpus[run.Vcpu], new VcpuContext(run.Vcpu) { Run = run }))];

    private VcpuContext ToContext(SimulatedVcpu vcpu, VcpuContext context)
    {
        if (!vcpu.IsOnline) return context with { WhyUnknown = "the vCPU is offline" };
        var place = context with { InstructionPointer = vcpu.IsSpinning ? LoopAddress : IdleAddress };
        if (Plan.Type == DomainType.PV) return place with { EventCallback = HasCallback ? CallbackAddress : 0 };
        // CallbackIrq is 1 because Linux, when it has registered a vector for each vCPU, sets HVM_PARAM_CALLBACK_IRQ to 1.
        return place with
        {
            InterruptFlag = !vcpu.IsSpinning && HasCallback,
            CallbackIrq = HasCallback ? 1ul : 0,
            Apic = new LocalApic(
                vcpu.IsApicEnabled && HasCallback,
                TaskPriority: 0x10,
                Requested: vcpu is { IsAsserted: true, IsApicEnabled: true } ? [UpcallVector] : [],
                InService: vcpu.IsInService ? [UpcallVector] : []),
        };
    }

    /// <summary>
    /// Returns the time in nanoseconds that the TSC of a vCPU shows. With a positive <see cref="GuestPlan.ClockDriftPpm"/>, it falls behind
    /// Xen's system time.
    /// </summary>
    public ulong TscTime(SimulatedVcpu vcpu) =>
        SystemTime - (ulong)((long)SystemTime / 1_000_000 * Plan.ClockDriftPpm) + (Now < vcpu.ClockStepAt ? 0 : (ulong)vcpu.ClockStep);

    public int VcpuOf(uint port) =>
        _ports.TryGetValue(port, out var planned) && planned.Reading.State is not null ? planned.Reading.Vcpu : 0;

    /// <summary>Returns the offset of a vCPU's upcall byte in the page that contains its <c>vcpu_info</c>.</summary>
    internal int Upcall(SimulatedVcpu vcpu) => vcpu.RecordOffset + Plan.Layout.Vcpu.UpcallPending.Offset;

    private SimulatedVcpu? OwnerOf(uint port) => _ports.ContainsKey(port) && VcpuOf(port) < Vcpus.Count ? Vcpus[VcpuOf(port)] : null;

    // Creates a vCPU. Its vcpu_info is in a slot of the shared page, or where Linux registers it: in a per-CPU area. The simulated areas
    // are consecutive pages, and the vcpu_info has the same offset in each.
    private SimulatedVcpu NewVcpu(int number) => Plan.HasRecordsInPage
        ? new SimulatedVcpu(number, PageFrame ?? HvmPageFrame, Plan.Layout.SlotOffset(number)!.Value)
        : new SimulatedVcpu(number, Memory.FrameOf(FirstRecordPage + number), 0x3c0);

    private void RaiseTimers()
    {
        foreach (var port in _ports.Values)
        {
            if (port.Reading is not { State: ChannelState.VirtualIrq, Irq: (uint)VirtualIrq.Timer } timer
                || Vcpus[timer.Vcpu] is not { IsTimerArmed: true } vcpu
                || vcpu.TimerDue > Now)
                continue;
            vcpu.IsTimerArmed = false;
            Raise(timer.Port);
        }
    }

    private void RaiseTraffic(bool last)
    {
        foreach (var port in _ports.Values)
        {
            if (port.Period == 0
                || port.ArrivesLast != last
                || port.Reading is { State: ChannelState.VirtualIrq, Irq: (uint)VirtualIrq.Timer }
                || (Now + port.Reading.Port * 7) % port.Period != 0)
                continue;
            if (!port.IsPatient || !_kernel.IsOwed(port.Reading.Port))
                Raise(port.Reading.Port);
        }
    }

    private void Run(SimulatedVcpu vcpu)
    {
        if (vcpu.IsBlocked || vcpu.IsStarved || !vcpu.IsOnline) return;
        vcpu.CpuTime += (ulong)(Plan.Blocks ? TickNanoseconds / 20 : TickNanoseconds);
        Refresh(vcpu);
        if (vcpu.IsSpinning)
        {
            // The kernel loops with interrupts off: a PV kernel has set its upcall mask, and others have cleared the processor's interrupt
            // flag.
            if (Plan.Type == DomainType.PV) AtomicField.SetBits(Memory.Page(vcpu.RecordFrame), Upcall(vcpu) + 1, 1, 1);
            return;
        }
        // The kernel runs if its vCPU can get interrupts: the local APIC is enabled, no interrupt is in service, and a callback is
        // registered. A kernel that polls needs no callback. If the kernel does not run, an upcall that is set remains set.
        if (vcpu is { IsApicEnabled: true, IsInService: false } && (HasCallback || !Plan.TakesUpcalls)) _kernel.Run(vcpu);
        if (!Plan.Blocks) return;
        // The vCPU now blocks, as with Xen's SCHEDOP_block: the upcalls of a PV vCPU are unmasked first, and a vCPU whose upcall is set
        // does not sleep.
        if (Plan.Type == DomainType.PV) AtomicField.ClearBits(Memory.Page(vcpu.RecordFrame), Upcall(vcpu) + 1, 1, 0xff);
        vcpu.IsBlocked = AtomicField.Read(Memory.Page(vcpu.RecordFrame), Upcall(vcpu), 1) == 0;
    }

    // Writes the clock of a running vCPU once a second, as Xen does: odd version, fields, even version.
    private void Refresh(SimulatedVcpu vcpu)
    {
        if (vcpu.IsClockFrozen || vcpu.RefreshedAt == Now / TicksPerSecond) return;
        vcpu.RefreshedAt = Now / TicksPerSecond;
        GuestBoot.WriteTime(Memory.Page(vcpu.RecordFrame).AsSpan(vcpu.RecordOffset), Plan.Layout.Vcpu, SystemTime, TscTime(vcpu));
        _kernel.Refreshed(vcpu);
    }
}
