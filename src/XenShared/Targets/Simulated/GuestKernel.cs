using XenShared.Layout;

namespace XenShared.Targets.Simulated;

/// <summary>Simulates the kernel of a guest: how it handles events, and which states make it hang or crash.</summary>
internal sealed class GuestKernel(SimulatedGuest guest, IEventDelivery delivery)
{
    // A guest counts as hanging if it does not handle an event within this time. That is long enough, because every vCPU runs several times
    // per second.
    private const int TimeoutTicks = SimulatedGuest.TicksPerSecond;

    // A PV kernel that never blocks masks interrupts for one tick in every tick whose number is a multiple of CriticalEvery.
    private const int CriticalEvery = 7;

    private const int PrintEvery = 30;
    private const int LongestDelay = 50;

    private readonly Dictionary<uint, long> _owedSince = [];
    private readonly Dictionary<uint, long> _endsAt = [];
    private readonly Dictionary<uint, int> _forNothing = [];
    private readonly Dictionary<uint, long> _handled = [];
    private readonly Dictionary<ulong, byte[]> _leftBehind = [];
    private readonly Dictionary<int, byte[]> _times = [];
    private byte[] _arch = [];
    private byte[] _unusedBits = [];
    private string? _corruption;
    private long _versionOddSince = -1;
    private long _printedAt = -1;
    private long _printed;
    private long _typed;
    private long _read;
    private bool _hasOutputConsumed;
    private bool _isForOutput;

    private VcpuInfoLayout Record => guest.Plan.Layout.Vcpu;

    /// <summary>Starts the kernel with the state after boot.</summary>
    public void Start()
    {
        if (guest.PageFrame is null) return;
        _arch = Arch();
        _unusedBits = UnusedBits();
        foreach (var vcpu in guest.Vcpus)
        {
            vcpu.IsBlocked = guest.Plan.Blocks;
            vcpu.TimerDue = guest.Now + 1;
            Refreshed(vcpu);
        }
        if (guest.Plan.Kind is SimulatedKind.PvStuck or SimulatedKind.PvLost && Disk() is { } disk)
            Lose(disk, masked: guest.Plan.Kind == SimulatedKind.PvStuck);
    }

    public long Handled(uint port) => _handled.GetValueOrDefault(port);

    /// <summary>Determines whether an event was sent to a port and the guest has not handled it yet.</summary>
    public bool IsOwed(uint port) => _owedSince.ContainsKey(port);

    /// <summary>Records that Xen has sent an event.</summary>
    public void Sent(uint port)
    {
        if (guest.Ports.TryGetValue(port, out var planned)
            && planned is { IsPolled: false, Reading.State: not null }
            && guest.Plan.TakesUpcalls)
            _owedSince.TryAdd(port, guest.Now);
    }

    public void Closed(uint port)
    {
        _owedSince.Remove(port);
        _endsAt.Remove(port);
    }

    /// <summary>Gets the numbers of printed and read lines.</summary>
    public (long Printed, long Read) Lines => (_printed, _read);

    /// <summary>Begins to print lines.</summary>
    public void Work() => _printedAt = guest.Now;

    /// <summary>Records that a line has been typed.</summary>
    public void Typed() => _typed++;

    /// <summary>Determines whether the other end of the console has consumed output since the last call.</summary>
    public bool TakeConsumed()
    {
        var has = _hasOutputConsumed;
        _hasOutputConsumed = false;
        return has;
    }

    /// <summary>Records that Xen has written a clock.</summary>
    public void Refreshed(SimulatedVcpu vcpu) => _times[vcpu.Number] = Time(vcpu);

    /// <summary>
    /// Records the content of the old frame after the page has moved. The frame is ordinary memory of the guest now, so a later write by a
    /// poke would corrupt it.
    /// </summary>
    public void LeftBehind(ulong frame) => _leftBehind[frame] = guest.Memory.ReadFrame(frame).ToArray();

    /// <summary>Runs a vCPU for a tick.</summary>
    public void Run(SimulatedVcpu vcpu)
    {
        Check(vcpu);
        if (!guest.Plan.TakesUpcalls) return;
        ToggleCriticalSection(vcpu);
        var page = guest.Memory.Page(vcpu.RecordFrame);
        for (var rounds = 0; rounds < 4 && AtomicField.Read(page, guest.Upcall(vcpu), 1) != 0 && MayInterrupt(vcpu, page); rounds++)
        {
            if (vcpu.IsInCriticalSection) Corrupt($"vCPU {vcpu.Number} was interrupted while it had its interrupts off");
            vcpu.IsAsserted = false;
            AtomicField.ClearBits(page, guest.Upcall(vcpu), 1, 0xff);
            delivery.Take(vcpu, Handle);
        }
    }

    /// <summary>Returns the health of the guest.</summary>
    public SimulatedHealth CheckHealth()
    {
        if (guest.PageFrame is null)
            return default;
        foreach (var vcpu in guest.Vcpus)
            Check(vcpu);
        if (_corruption is null && !_arch.AsSpan().SequenceEqual(Arch()))
            Corrupt("a save would follow a P2M that its kernel never wrote");
        if (_corruption is null && !_unusedBits.AsSpan().SequenceEqual(UnusedBits()))
            Corrupt("events wait on ports that do not exist");
        foreach (var (frame, bytes) in _leftBehind)
        {
            if (_corruption is null && !guest.Memory.ReadFrame(frame).SequenceEqual(bytes))
                Corrupt($"memory at frame 0x{frame:x}, which it uses for something else, changed");
        }
        if (_corruption is not null) return new SimulatedHealth(false, true, _corruption);
        if (IsOdd() && _versionOddSince >= 0) return new SimulatedHealth(true, false, "it waits for a version counter that stays odd");
        if (_printedAt >= 0 && guest.Now - _printedAt > TimeoutTicks) return new SimulatedHealth(true, false,
            "it works, and has printed nothing for a second");
        foreach (var (port, since) in _owedSince)
        {
            if (guest.Now - since > TimeoutTicks) return new SimulatedHealth(true, false, $"it never received the event on port {port}");
        }
        return default;
    }

    // Returns true if the vCPU can handle events now. A PV guest checks the upcall byte on every return from Xen, unless it has masked
    // upcalls. Other guests wait for the interrupt, and ignore the upcall mask.
    private bool MayInterrupt(SimulatedVcpu vcpu, byte[] page) =>
        guest.Plan.Type == DomainType.PV ? AtomicField.Read(page, guest.Upcall(vcpu) + 1, 1) == 0 : vcpu.IsAsserted;

    // Begins or ends a section in which a PV vCPU masks its upcalls. At the end, the mask gets the value from before the section, even if a
    // poke had set that value. Linux does the same (local_irq_save, local_irq_restore).
    private void ToggleCriticalSection(SimulatedVcpu vcpu)
    {
        if (guest.Plan.Blocks || guest.Plan.Type != DomainType.PV) return;
        var page = guest.Memory.Page(vcpu.RecordFrame);
        var mask = guest.Upcall(vcpu) + 1;
        if (vcpu.IsInCriticalSection)
        {
            var found = AtomicField.Read(page, mask, 1);
            if (found == 0 && AtomicField.Read(page, guest.Upcall(vcpu), 1) != 0)
                Corrupt($"vCPU {vcpu.Number} was interrupted while it had its interrupts off");
            AtomicField.CompareExchange(page, mask, 1, found, vcpu.SavedMask);
            vcpu.IsInCriticalSection = false;
        }
        else if (guest.Now % CriticalEvery == 0)
        {
            vcpu.SavedMask = AtomicField.Read(page, mask, 1);
            AtomicField.SetBits(page, mask, 1, 1);
            vcpu.IsInCriticalSection = true;
        }
    }

    // Handles the event of a port. Returns false if the event must stay pending, because the previous event of the port has not ended.
    // Linux can delay the end of an event (xen_irq_lateeoi, drivers/xen/events/events_base.c).
    private bool Handle(uint port)
    {
        if (_endsAt.ContainsKey(port)) return false;
        HandleNow(port);
        return true;
    }

    private void HandleNow(uint port)
    {
        if (!guest.Ports.TryGetValue(port, out var planned) || planned.Reading.State is null)
        {
            Corrupt($"an event came on port {port}, which is not bound");
            return;
        }
        // A polled port is the IPI of Linux's spinlocks, which Linux keeps masked. Its handler is only a BUG() (dummy_handler,
        // arch/x86/xen/spinlock.c), so an event on it stops the kernel.
        if (planned.IsPolled) Corrupt($"its kernel stopped, since an event got through on port {port}, which it polls and keeps masked");
        _owedSince.Remove(port);
        _handled[port] = Handled(port) + 1;
        if (planned.DelaysEnd) DelayEnd(port, planned.Node == "console/port");
        if (planned.Reading is not { State: ChannelState.VirtualIrq, Irq: (uint)VirtualIrq.Timer }) return;
        HandleTime(planned.Reading.Vcpu);
        var vcpu = guest.Vcpus[planned.Reading.Vcpu];
        vcpu.IsTimerArmed = true;
        vcpu.TimerDue = guest.Now + planned.Period;
    }

    // Delays the end of an event that is spurious, which means that there was nothing to do. With each spurious event of the port the delay
    // is longer. The port stays masked until the end.
    private void DelayEnd(uint port, bool isConsole)
    {
        if (isConsole && _read < _typed)
        {
            _read = _typed;
            // The event is not spurious, because there was typed text. The kernel echoes the text. When the other end has consumed the
            // echo, it sends an event too.
            _hasOutputConsumed = true;
            _forNothing[port] = 0;
            return;
        }
        if (isConsole && _isForOutput)
        {
            _isForOutput = false;
            return;
        }
        var times = _forNothing[port] = _forNothing.GetValueOrDefault(port) + 1;
        delivery.Mask(port);
        _endsAt[port] = guest.Now + Math.Min(1L << Math.Min(times - 1, 10), LongestDelay);
    }

    // Handles the timer event of a vCPU: ends the delays that are over, and wakes the program that prints lines. Both depend on the timer
    // only, so they stop if its port is masked.
    private void HandleTime(int vcpu)
    {
        foreach (var (port, at) in _endsAt.ToArray())
        {
            if (at > guest.Now || guest.VcpuOf(port) != vcpu) continue;
            _endsAt.Remove(port);
            guest.Unmask(port);
        }
        if (vcpu != 0 || _printedAt < 0 || guest.Now - _printedAt < PrintEvery) return;
        _printedAt = guest.Now;
        _printed++;
        _hasOutputConsumed = _isForOutput = true;
    }

    private void Check(SimulatedVcpu vcpu)
    {
        if (_times.TryGetValue(vcpu.Number, out var written) && !Time(vcpu).AsSpan().SequenceEqual(written))
        {
            if ((Record.Version.Read(guest.Memory.ReadFrame(vcpu.RecordFrame)[vcpu.RecordOffset..]) & 1) == 0)
                Corrupt($"the clock of vCPU {vcpu.Number} jumped");
        }
        _versionOddSince = IsOdd() ? _versionOddSince < 0 ? guest.Now : _versionOddSince : -1;
    }

    private bool IsOdd() =>
        guest.PageFrame is not null && ((guest.Plan.Layout.WallClockVersion.Read(guest.SharedPage()) & 1) != 0
            || guest.Vcpus.Any(vcpu => (Record.Version.Read(guest.Memory.ReadFrame(vcpu.RecordFrame)[vcpu.RecordOffset..]) & 1) != 0));

    private byte[] Time(SimulatedVcpu vcpu) =>
        guest.Memory.ReadFrame(vcpu.RecordFrame).Slice(vcpu.RecordOffset + Record.TimeOffset, 32).ToArray();

    private byte[] Arch() =>
        guest.Plan.Layout is { HasArch: true } layout
            ? guest.SharedPage().AsSpan(layout.MaxPfn.Offset, 6 * layout.WordBytes).ToArray()
            : [];

    // Returns the pending bits of the ports from ValidPorts on. No such ports exist, so only a poke can change these bits, and a change
    // counts as a corruption.
    private byte[] UnusedBits()
    {
        var used = (int)GuestPlan.ValidPorts / 8;
        return guest.SharedPage().AsSpan(guest.Plan.Layout.PendingOffset + used, guest.Plan.Layout.BitmapBytes - used).ToArray();
    }

    private uint? Disk() =>
        guest.Ports.Values.FirstOrDefault(port => port.Node?.StartsWith("device/vbd", StringComparison.Ordinal) == true)?.Reading.Port;

    // Creates a pending event that the guest never handles, because its port is masked too (PvStuck), or because its vCPU is not notified
    // (PvLost).
    private void Lose(uint port, bool masked)
    {
        var layout = guest.Plan.Layout;
        var cell = (int)(port / 32) * 4;
        if (masked) AtomicField.SetBits(guest.SharedPage(), layout.MaskOffset + cell, 4, 1u << (int)(port % 32));
        AtomicField.SetBits(guest.SharedPage(), layout.PendingOffset + cell, 4, 1u << (int)(port % 32));
        _owedSince[port] = guest.Now;
    }

    private void Corrupt(string how) => _corruption ??= how;
}
