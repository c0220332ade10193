using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Targets.Simulated;

/// <summary>
/// Simulates a host in this process: domains of every kind with memory, traffic and Xen's rules of delivery, so that a wrong write makes a
/// guest hang as on a real host. Everything depends on the seed and the reads only: the time of a domain advances by 10 ms with each read,
/// and by two seconds when it is sampled.
/// </summary>
public sealed class SimulatedTarget : IXenDataSource, IGuestMemory, IGuestWriter
{
    /// <summary>The default number of domains.</summary>
    public const int StandardDomainCount = 16;

    /// <summary>The maximum number of domains.</summary>
    public const int MaximumDomainCount = 10_000;

    private const string Known = "the simulated host has it there";

    // The ticks before the second and the third sample. Before the second, Xen updates the clock of every running vCPU at least once.
    // Before the third, the vCPUs run for some more time. A live vcpu_info differs from a frozen copy because it changes then.
    private const int TicksBeforeSecondSample = 160;
    private const int TicksBeforeThirdSample = 40;

    private static readonly MappingProcess[] s_mappingProcesses =
        [new(731, "xenstored"), new(742, "xenconsoled"), new(2114, "qemu-system-i38")];

    private readonly int _seed;
    private readonly int _domainCount;
    private readonly Dictionary<ushort, SimulatedGuest> _guests = [];
    private readonly HashSet<ushort> _ended = [];

    /// <summary>Creates a host.</summary>
    /// <param name="domainCount">The number of domains without the control domain.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of domains is out of range.</exception>
    public SimulatedTarget(int domainCount = StandardDomainCount, int seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(domainCount, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(domainCount, MaximumDomainCount);
        _domainCount = domainCount;
        _seed = seed;
    }

    /// <summary>Gets the number of domains without the control domain.</summary>
    public int DomainCount => _domainCount;

    /// <summary>Gets the seed.</summary>
    public int Seed => _seed;

    /// <inheritdoc/>
    public string DisplayName => $"the simulated host (seed {_seed})";

    /// <inheritdoc/>
    public TargetKind Kind => TargetKind.Simulated;

    /// <inheritdoc/>
    public bool IsLive => true;

    /// <inheritdoc/>
    public DateTimeOffset? TakenAt => null;

    /// <inheritdoc/>
    public bool IsRealTime => false;

    /// <inheritdoc/>
    public IGuestMemory Memory => this;

    /// <inheritdoc/>
    public IGuestWriter Writer => this;

    /// <inheritdoc/>
    public bool HasLocations => true;

    /// <inheritdoc/>
    public bool CanReadTscInfo => true;

    /// <inheritdoc/>
    public HostInfo Host => new("simulated", new XenVersion(4, 17, "-simulated"), "x86_64");

    /// <summary>
    /// Gets or sets a callback that runs while a frame is mapped, before it is written, so that tests can change the guest at this moment.
    /// </summary>
    internal Action<ushort>? WhileMapped { get; set; }

    /// <summary>Gets the number of frames that are mapped for writing now, and the number of all such mappings so far.</summary>
    internal (int Now, int InAll) WritableMappings { get; private set; }

    /// <inheritdoc/>
    public IEnumerable<DomainInfo> ReadDomains() =>
        Enumerable.Range(0, _domainCount + 1).Select(domId => (ushort)domId).Where(Exists).Select(domId => Guest(domId).Reading());

    /// <inheritdoc/>
    public DomainInfo ReadDomain(ushort domId) => Find(domId).Reading();

    /// <inheritdoc/>
    public DomainSample ReadSample(ushort domId)
    {
        var guest = Find(domId);
        guest.Advance(1);
        return Sample(guest);
    }

    /// <inheritdoc/>
    public DateTimeOffset? GetTime(ushort domId) => Find(domId).Date;

    /// <inheritdoc/>
    public IReadOnlyList<DomainSample> ReadSamples(DomainInfo domain, bool runStates = true)
    {
        ArgumentNullException.ThrowIfNull(domain);
        var guest = Find(domain.DomId);
        if (!HasPage(guest) && guest.HeldPages is not null)
        {
            guest.Advance(TicksBeforeSecondSample + TicksBeforeThirdSample);
            throw NotMapped(domain.DomId);
        }
        var first = ReadSample(domain.DomId);
        guest.Advance(TicksBeforeSecondSample);
        var second = Sample(guest);
        guest.Advance(TicksBeforeThirdSample);
        return [first, second, Sample(guest)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<VcpuContext> ReadVcpuContexts(DomainInfo domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        return Find(domain.DomId).VcpuContexts();
    }

    /// <inheritdoc/>
    public LocatedEventArray? ReadEventArray(ushort domId, out XenException? whyNot)
    {
        whyNot = null;
        var guest = Find(domId);
        if (domId == OwnDomId || guest.Plan.Abi != EventAbi.Fifo)
            return null;
        var page = new EventArrayPage(
            0,
            guest.ArrayFrame - guest.Plan.FirstFrame,
            guest.ArrayFrame,
            guest.Memory.ReadFrame(guest.ArrayFrame).ToArray());
        return new LocatedEventArray(guest.Date, [page], Known);
    }

    /// <inheritdoc/>
    public IReadOnlyList<LocatedControlBlock> ReadControlBlocks(ushort domId, out XenException? whyNot)
    {
        whyNot = null;
        var guest = Find(domId);
        if (domId == OwnDomId || guest.Plan.Abi != EventAbi.Fifo) return [];
        return
        [
            .. guest.Vcpus.Select(vcpu => new LocatedControlBlock(
                vcpu.Number,
                guest.ControlFrame(vcpu) - guest.Plan.FirstFrame,
                guest.ControlFrame(vcpu),
                guest.Date,
                ControlBlockContent.Decode(guest.Memory.ReadFrame(guest.ControlFrame(vcpu))),
                Known)
            {
                IsProved = true,
            }),
        ];
    }

    /// <inheritdoc/>
    public IReadOnlyList<LocatedVcpuInfo> ReadVcpuRecords(ushort domId, out XenException? whyNot)
    {
        whyNot = null;
        var guest = Find(domId);
        if (guest.Plan.HasRecordsInPage) return [];
        return
        [
            .. guest.Vcpus.Select(vcpu => new LocatedVcpuInfo(
                vcpu.Number,
                vcpu.RecordFrame - guest.Plan.FirstFrame,
                vcpu.RecordFrame,
                vcpu.RecordOffset,
                guest.Date,
                guest.Memory.ReadFrame(vcpu.RecordFrame).Slice(vcpu.RecordOffset, guest.Plan.Layout.Vcpu.Size).ToArray(),
                IsUnstable: false,
                Known)
            {
                Source = domId == OwnDomId ? StateSource.Kernel : StateSource.GuestMemory,
            }),
        ];
    }

    /// <inheritdoc/>
    public PortTable ReadPorts(ushort domId)
    {
        var own = Find(domId).PortTable();
        if (domId != 0)
            return own;
        List<EventChannelStatus> bound = new(own.Bound.Count + _domainCount * GuestPlan.ControlPortsPerDomain);
        bound.AddRange(own.Bound);
        for (var other = 1; other <= _domainCount; other++) AddControlEnds((ushort)other, bound);
        return new PortTable(
            GuestPlan.FirstControlPort + (uint)(_domainCount * GuestPlan.ControlPortsPerDomain + 63) / 64 * 64,
            bound);
    }

    /// <inheritdoc/>
    public string? ReadName(ushort domId) =>
        Exists(domId) && _guests.GetValueOrDefault(domId)?.HeldPages is null ? PlanOf(domId).Name : null;

    /// <inheritdoc/>
    public WallClockContent? ReadHostClock(DomainSample? sample = null) => SimulatedGuest.XenStart;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ReadDeviceNodes(ushort domId) => new Dictionary<string, string>(Find(domId).Nodes);

    /// <inheritdoc/>
    public DeviceTable? ReadDevices(ushort domId)
    {
        var store = Find(domId).Store;
        return new DeviceReader(store.Read, store.List).Read(domId);
    }

    /// <inheritdoc/>
    public MappingProcessTable ReadMappingProcesses(ushort domId) => new(s_mappingProcesses, IsComplete: true);

    /// <inheritdoc/>
    public TscInfo ReadTscInfo(ushort domId) =>
        new((uint)TscMode.NeverEmulate, 0, 0, Find(domId).Plan.Kind == SimulatedKind.PvRestored ? 2u : 1);

    /// <inheritdoc/>
    public void WriteFrame(ushort domId, ulong frame, FrameWriter write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var guest = Find(domId);
        if (frame != guest.PageFrame && !guest.Memory.Has(frame)) throw NotMapped(domId);
        // The page of this guest is kept here, before the test code in WhileMapped runs. As on a real host, the mapping stays that of this
        // guest, even if the domain ends meanwhile and another domain gets its number.
        var page = guest.Memory.Page(frame);
        WritableMappings = (WritableMappings.Now + 1, WritableMappings.InAll + 1);
        try
        {
            WhileMapped?.Invoke(domId);
            // If the guest has moved its shared page meanwhile, the mapped frame is now ordinary memory of the guest. The write then goes
            // to that memory.
            write(guest.Memory.Has(frame) || frame == guest.PageFrame ? guest.Memory.Page(frame) : page);
        }
        finally
        {
            WritableMappings = (WritableMappings.Now - 1, WritableMappings.InAll);
        }
    }

    /// <inheritdoc/>
    public void SendEvent(uint localPort, ushort domId, uint port)
    {
        var (other, place) = localPort < GuestPlan.FirstControlPort ? (0, 0) : GuestPlan.FindControlEnd(localPort);
        if (other < 1
            || other > _domainCount
            || GuestPlan.Create((ushort)other, _seed).ControlEnds is not { } ends
            || place >= ends.Count
            || !Guest((ushort)other).Ports.ContainsKey(ends[place]))
        {
            throw new XenException(
                XenErrorId.EventChannelNotFound,
                $"The control domain's port {localPort} no longer leads to port {port} of domain {domId}",
                "list the domain's channels")
            {
                DomId = domId,
                Port = port,
                Operation = "EVTCHNOP_send",
            };
        }
        Guest((ushort)other).Raise(ends[place]);
    }

    /// <inheritdoc/>
    public int VisitFrames(ushort domId, ReadOnlySpan<ulong> frames, FrameVisitor visit)
    {
        ArgumentNullException.ThrowIfNull(visit);
        var guest = Find(domId);
        var shown = 0;
        for (var index = 0; index < frames.Length; index++)
        {
            if (!guest.Memory.Has(frames[index])) continue;
            visit(index, guest.Memory.ReadFrame(frames[index]));
            shown++;
        }
        return shown;
    }

    /// <inheritdoc/>
    public ushort? OwnDomId => 0;

    /// <inheritdoc/>
    public string? ReadStartTime(DomainInfo domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        return Find(domain.DomId).StartTime;
    }

    /// <inheritdoc/>
    public ulong ReadHighestFrame(ushort domId) =>
        Find(domId).PageFrame is { } page and > GuestPlan.MemoryPages ? page : GuestPlan.MemoryPages - 1;

    /// <inheritdoc/>
    public bool TryFindMemory(ushort domId, ulong first, Span<bool> hasMemory)
    {
        var guest = Find(domId);
        for (var index = 0; index < hasMemory.Length; index++) hasMemory[index] = guest.Memory.Has(first + (ulong)index);
        return true;
    }

    /// <inheritdoc/>
    public MemoryHazards ReadHazards(ushort domId, bool isTranslated) => new(0, 0);

    /// <summary>Advances the time of a domain.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.DomainNotFound"/>.</exception>
    public void Advance(ushort domId, TimeSpan time) => Find(domId).Advance((int)(time.TotalSeconds * SimulatedGuest.TicksPerSecond));

    /// <summary>Returns the health of a guest, as its console would show it.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.DomainNotFound"/>.</exception>
    public SimulatedHealth ReadHealth(ushort domId) => Find(domId).Health;

    /// <summary>Returns the kind of a domain.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.DomainNotFound"/>.</exception>
    public SimulatedKind ReadKind(ushort domId) => Find(domId).Plan.Kind;

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing to close, because a simulated host uses no files and no connections.
    }

    /// <summary>Returns the guest, for tests that act as the guest.</summary>
    internal SimulatedGuest Guest(ushort domId)
    {
        if (!_guests.TryGetValue(domId, out var guest)) _guests.Add(domId, guest = new SimulatedGuest(GuestPlan.Create(domId, _seed)));
        return guest;
    }

    /// <summary>Ends a domain, and reuses its number for a new one of the same kind.</summary>
    internal void Replace(ushort domId, int? vcpuCount = null)
    {
        _guests[domId] = new SimulatedGuest(GuestPlan.Create(domId, _seed, vcpuCount), Guid.NewGuid());
        _ended.Remove(domId);
    }

    /// <summary>Ends a domain.</summary>
    internal void End(ushort domId) => _ended.Add(domId);

    // Returns true if the shared page can be mapped. While a domain is being destroyed, Xen still maps the page of a PV guest. For other
    // guests, Xen has already removed the frame numbers, so their page cannot be mapped.
    private static bool HasPage(SimulatedGuest guest) => guest.HeldPages is null || guest.Plan.Type == DomainType.PV;

    private static DomainSample Sample(SimulatedGuest guest)
    {
        if (guest.PageFrame is not { } frame || !HasPage(guest)) throw NotMapped(guest.Plan.DomId);
        var vcpus = guest.VcpuRunStates();
        var sample = DomainSample.Take(guest.SharedPage(), SharedInfoLayout.X86_64, SharedInfoLayout.X86_32);
        return sample with { TakenAt = guest.Date, Frame = frame, Vcpus = vcpus };
    }

    private static XenException NotMapped(ushort domId) =>
        new(
            XenErrorId.SharedInfoNotMapped,
            $"Domain {domId} has not mapped its shared page",
            "wait until its firmware or its PV drivers have started")
        {
            DomId = domId,
        };

    // Adds the ports of the control domain that are bound to a domain.
    private void AddControlEnds(ushort domId, List<EventChannelStatus> bound)
    {
        if (!Exists(domId)) return;
        var guest = _guests.GetValueOrDefault(domId);
        var ends = PlanOf(domId).ControlEnds;
        for (var place = 0; place < ends.Count; place++)
        {
            if (guest is not null && guest.Ports.GetValueOrDefault(ends[place])?.Reading.State != ChannelState.Interdomain) continue;
            var port = GuestPlan.FirstControlPort + (uint)((domId - 1) * GuestPlan.ControlPortsPerDomain + place);
            bound.Add(new EventChannelStatus(port, ChannelState.Interdomain, 0, domId, ends[place]));
        }
    }

    private GuestPlan PlanOf(ushort domId) => _guests.TryGetValue(domId, out var guest) ? guest.Plan : GuestPlan.Create(domId, _seed);

    private bool Exists(ushort domId) => domId <= _domainCount && !_ended.Contains(domId);

    private SimulatedGuest Find(ushort domId) =>
        Exists(domId)
            ? Guest(domId)
            : throw new XenException(
                XenErrorId.DomainNotFound,
                $"There is no domain {domId} on {DisplayName}",
                "list the domains to see their numbers")
            {
                DomId = domId,
            };
}
