using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Targets.Simulated;

/// <summary>
/// Represents the properties of a simulated domain, computed from its number and the seed. This is fast, so thousands of domains can be
/// listed.
/// </summary>
internal sealed class GuestPlan
{
    /// <summary>The number of control domain ports that are reserved for each domain.</summary>
    public const int ControlPortsPerDomain = 8;

    /// <summary>The first port of the control domain that is bound to another domain.</summary>
    public const uint FirstControlPort = 64;

    /// <summary>The number of valid ports of each guest.</summary>
    public const uint ValidPorts = 192;

    // The ports from 1, from DiskPort and from PeerPort on are in three different words of the bitmaps. If they were in one word, an event
    // of one channel would make the guest handle a lost event of another channel too.
    private const uint DiskPort = 66;
    private const uint PeerPort = 130;

    // The number of ticks between two events of a busy network. When single samples are taken, each one advances the time by one tick. With
    // an event every second tick, every second sample shows a pending event.
    private const int BusyPeriod = 2;

    /// <summary>The number of frames of a guest.</summary>
    public const int MemoryPages = 64;

    private static readonly int s_kinds = (int)SimulatedKind.ControlDomain;

    private readonly List<PlannedPort> _ports = [];
    private readonly List<uint> _controlEnds = [];

    private GuestPlan(ushort domId, int seed, int? vcpuCount)
    {
        var numbers = SeededNumbers.Create(seed, domId);
        DomId = domId;
        Kind = domId == 0 ? SimulatedKind.ControlDomain : (SimulatedKind)((domId - 1) % s_kinds);
        Uuid = new Guid((int)(numbers.Next() & 0x7fffffff), (short)domId, 0x4e05, BitConverter.GetBytes(numbers.Next()));
        UptimeTicks = 1_000 + numbers.Below(1_000_000);
        var isSmall =
            Kind
            is SimulatedKind.Grub
                or SimulatedKind.HvmFirmware
                or SimulatedKind.HvmCreated
                or SimulatedKind.MiniOsIdle
                or SimulatedKind.MiniOsBusy;
        VcpuCount = vcpuCount ?? (isSmall ? 1 : 1 + numbers.Below(2));
        Type = Kind switch
        {
            SimulatedKind.PvhTwoLevel or SimulatedKind.PvhFifo => DomainType.PVH,
            SimulatedKind.HvmTwoLevel or SimulatedKind.HvmFifo or SimulatedKind.HvmFirmware or SimulatedKind.HvmCreated => DomainType.HVM,
            _ => DomainType.PV,
        };
        Layout = Kind is SimulatedKind.Pv32TwoLevel or SimulatedKind.HvmFirmware or SimulatedKind.HvmCreated
            ? SharedInfoLayout.X86_32
            : SharedInfoLayout.X86_64;
        Abi = Kind
            is SimulatedKind.PvFifo
                or SimulatedKind.PvhFifo
                or SimulatedKind.HvmFifo
                or SimulatedKind.PvRestored
                or SimulatedKind.ControlDomain
            ? EventAbi.Fifo
            : EventAbi.TwoLevel;
        PlanPorts(ref numbers);
    }

    public ushort DomId { get; }

    public SimulatedKind Kind { get; }

    public Guid Uuid { get; }

    public DomainType Type { get; }

    public SharedInfoLayout Layout { get; }

    public EventAbi Abi { get; }

    public int VcpuCount { get; }

    /// <summary>Gets the time from the start of Xen to the first read, in ticks of 10 ms.</summary>
    public long UptimeTicks { get; }

    public string Name => field ??= DomId == 0 ? "Domain-0" : $"sim-{KindName(Kind)}-{DomId}";

    /// <summary>Gets the ports in use, lowest first.</summary>
    public IReadOnlyList<PlannedPort> Ports => _ports;

    /// <summary>Gets the ports whose other end is in the control domain, in the order of those ends.</summary>
    public IReadOnlyList<uint> ControlEnds => _controlEnds;

    /// <summary>
    /// Gets a value indicating whether the guest uses the <c>vcpu_info</c> slots of the shared page, and has not registered other places.
    /// </summary>
    public bool HasRecordsInPage =>
        Kind
            is SimulatedKind.Grub
                or SimulatedKind.MiniOsIdle
                or SimulatedKind.MiniOsBusy
                or SimulatedKind.HvmFirmware
                or SimulatedKind.HvmCreated;

    /// <summary>Gets a value indicating whether the guest blocks when it is idle.</summary>
    public bool Blocks =>
        Kind is not (SimulatedKind.MiniOsBusy or SimulatedKind.Grub or SimulatedKind.HvmFirmware or SimulatedKind.HvmCreated);

    /// <summary>Gets a value indicating whether the guest handles events as interrupts.</summary>
    public bool TakesUpcalls => Kind is not (SimulatedKind.Grub or SimulatedKind.HvmFirmware or SimulatedKind.HvmCreated);

    /// <summary>Gets a value indicating whether the guest's kernel is Linux.</summary>
    public bool IsLinux => TakesUpcalls && Kind is not (SimulatedKind.MiniOsIdle or SimulatedKind.MiniOsBusy);

    /// <summary>
    /// Gets a value indicating whether its network has so many events that every second sample shows one, so that there are changes to
    /// watch. The other kinds return the same data at each read.
    /// </summary>
    public bool HasBusyNetwork => Kind == SimulatedKind.PvhTwoLevel;

    /// <summary>Gets the drift of its clock in parts per million; positive if the clock is fast.</summary>
    public int ClockDriftPpm => Kind == SimulatedKind.HvmFifo ? 40 : 0;

    /// <summary>Gets the machine frame of a PV guest's first page; 0 for other guests, which have their own frame numbers.</summary>
    public ulong FirstFrame => Type == DomainType.PV ? 0x100000ul + DomId * 0x100ul : 0;

    /// <summary>Plans a domain.</summary>
    /// <param name="domId">Its number.</param>
    /// <param name="seed">The host's seed.</param>
    /// <param name="vcpuCount">The number of vCPUs; null to derive it from the seed.</param>
    public static GuestPlan Create(ushort domId, int seed, int? vcpuCount = null) => new(domId, seed, vcpuCount);

    /// <summary>
    /// Returns the domain at the other end of a control domain's port, and the index of the channel in its <see cref="ControlEnds"/>.
    /// </summary>
    public static (int DomId, int Place) FindControlEnd(uint port) =>
        ((int)((port - FirstControlPort) / ControlPortsPerDomain) + 1, (int)((port - FirstControlPort) % ControlPortsPerDomain));

    private static string KindName(SimulatedKind kind) => kind switch
    {
        SimulatedKind.PvTwoLevel => "pv-2l",
        SimulatedKind.PvFifo => "pv-fifo",
        SimulatedKind.MiniOsIdle => "minios",
        SimulatedKind.MiniOsBusy => "minios-busy",
        SimulatedKind.PvhTwoLevel => "pvh-2l",
        SimulatedKind.PvhFifo => "pvh-fifo",
        SimulatedKind.Grub => "grub",
        SimulatedKind.Pv32TwoLevel => "pv32-2l",
        SimulatedKind.HvmTwoLevel => "hvm-2l",
        SimulatedKind.HvmFifo => "hvm-fifo",
        SimulatedKind.HvmFirmware => "hvm-firmware",
        SimulatedKind.HvmCreated => "hvm-created",
        SimulatedKind.PvRestored => "pv-restored",
        SimulatedKind.PvStuck => "pv-stuck",
        SimulatedKind.PvLost => "pv-lost",
        _ => "control",
    };

    private void PlanPorts(ref SeededNumbers numbers)
    {
        if (Kind != SimulatedKind.ControlDomain)
        {
            AddToControl(300 + numbers.Below(200), "store/port", isPatient: false);
            AddToControl(0, "console/port", isPatient: false, delaysEnd: IsLinux);
        }
        if (Type == DomainType.HVM) AddHidden(VcpuCount + 1);
        if (!TakesUpcalls) return;
        for (var vcpu = 0; vcpu < VcpuCount; vcpu++)
        {
            Add(
                new PlannedPort(
                    new EventChannelStatus(NextPort, ChannelState.VirtualIrq, vcpu, Irq: (uint)VirtualIrq.Timer),
                    Period: 4 + numbers.Below(6)));
            Add(new PlannedPort(new EventChannelStatus(NextPort, ChannelState.Ipi, vcpu), Period: 40, StartsMasked: true, IsPolled: true));
            Add(
                new PlannedPort(
                    new EventChannelStatus(NextPort, ChannelState.Ipi, vcpu),
                    Period: VcpuCount > 1 ? 15 + numbers.Below(20) : 0));
        }
        Add(new PlannedPort(new EventChannelStatus(NextPort, ChannelState.VirtualIrq, 0, Irq: (uint)VirtualIrq.Debug)));
        if (Kind == SimulatedKind.ControlDomain) return;
        if (Type == DomainType.HVM) Add(new PlannedPort(new EventChannelStatus(NextPort, ChannelState.PhysicalIrq, 0, Irq: 9), Period: 70));
        var quietPeriod = 10 + numbers.Below(20);
        AddToControl(
            HasBusyNetwork ? BusyPeriod : quietPeriod,
            "device/vif/0/event-channel",
            isPatient: true,
            arrivesLast: HasBusyNetwork);
        Add(new PlannedPort(new EventChannelStatus(NextPort, ChannelState.Unbound, 0, 0)));
        AddToControl(20 + numbers.Below(30), "device/vbd/51712/event-channel", isPatient: true, DiskPort);
        Add(new PlannedPort(new EventChannelStatus(PeerPort, ChannelState.Interdomain, 0, DomId, PeerPort + 2)));
        AddToControl(0, "device/vkbd/0/event-channel", isPatient: false);
        Add(new PlannedPort(new EventChannelStatus(PeerPort + 2, ChannelState.Interdomain, 0, DomId, PeerPort)));
    }

    private uint NextPort => _ports.Count == 0 ? 1 : _ports[^1].Reading.Port + 1;

    private void Add(PlannedPort port) => _ports.Add(port);

    private void AddToControl(
        int period,
        string node,
        bool isPatient,
        uint? fixedPort = null,
        bool delaysEnd = false,
        bool arrivesLast = false)
    {
        var port = fixedPort ?? NextPort;
        var end = FirstControlPort + (uint)((DomId - 1) * ControlPortsPerDomain + _controlEnds.Count);
        _controlEnds.Add(port);
        Add(
            new PlannedPort(
                new EventChannelStatus(port, ChannelState.Interdomain, 0, 0, end),
                period,
                node,
                isPatient,
                DelaysEnd: delaysEnd,
                ArrivesLast: arrivesLast));
    }

    private void AddHidden(int count)
    {
        for (; count > 0; count--) Add(new PlannedPort(new EventChannelStatus(NextPort, State: null)));
    }
}
