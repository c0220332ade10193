namespace XenShared.Xen.Tests.Bed;

/// <summary>Represents the expected facts about a domain of the bed.</summary>
/// <param name="Name">Its name, also that of its configuration.</param>
/// <param name="Type">The type.</param>
/// <param name="Abi">The event ABI of its kernel.</param>
/// <param name="Vcpus">How many vCPUs it has; 0 where that depends on the bed.</param>
/// <param name="HasLiveSlots">Whether its kernel leaves vCPU records in the page, as only GRUB's does.</param>
internal sealed record Guest(string Name, DomainType Type, EventAbi Abi, int Vcpus, bool HasLiveSlots = false)
{
    /// <summary>The name of the control domain.</summary>
    public const string ControlDomain = "Domain-0";

    /// <summary>The guest that is paused and poked: two-level channels, two vCPUs, and some channels that are always pending.</summary>
    public const string TwoVcpus = "pv-2l-2vcpu";

    /// <summary>The guest with a disk and a network interface.</summary>
    public const string WithDevices = "pv-2l-vbd-vif";

    /// <summary>The guest that runs GRUB at its prompt.</summary>
    public const string Grub = "grub64";

    /// <summary>A PVH guest.</summary>
    public const string PvhFifo = "pvh-fifo";

    /// <summary>
    /// The command that waits until a guest is idle. Linux clears a port's mask at its own end of interrupt, which it delays by up to a
    /// second after a spurious event (drivers/xen/events/events_base.c, xen_irq_lateeoi). It also clears a mask that is set during this
    /// time.
    /// </summary>
    public const string Settle = "sleep 4";

    /// <summary>Gets the quick guests in the order of their creation, so that domain 5 is one with visible state.</summary>
    public static IReadOnlyList<Guest> Quick { get; } =
    [
        new("pv-fifo", DomainType.PV, EventAbi.Fifo, 1),
        new(PvhFifo, DomainType.PVH, EventAbi.Fifo, 1),
        new(Grub, DomainType.PV, EventAbi.TwoLevel, 1, HasLiveSlots: true),
        new(WithDevices, DomainType.PV, EventAbi.TwoLevel, 1),
        new(TwoVcpus, DomainType.PV, EventAbi.TwoLevel, 2),
        new("pvh-2l", DomainType.PVH, EventAbi.TwoLevel, 1),
    ];

    /// <summary>Gets all domains while the quick guests run.</summary>
    public static IReadOnlyList<Guest> AllQuick { get; } = [new(ControlDomain, DomainType.PV, EventAbi.Fifo, 0), .. Quick];

    /// <summary>Gets the name of every domain, for theories.</summary>
    public static TheoryData<string> Names { get; } = [.. AllQuick.Select(guest => guest.Name)];

    /// <summary>Gets the names of the guests without dom0, for theories.</summary>
    public static TheoryData<string> GuestNames { get; } = [.. Quick.Select(guest => guest.Name)];

    /// <summary>Gets the names of the domains with two-level channels, for theories.</summary>
    public static TheoryData<string> TwoLevelNames { get; } =
    [.. AllQuick.Where(guest => guest.Abi == EventAbi.TwoLevel).Select(guest => guest.Name)];

    /// <summary>Gets the names of the domains with FIFO channels, for theories.</summary>
    public static TheoryData<string> FifoNames { get; } =
    [.. AllQuick.Where(guest => guest.Abi == EventAbi.Fifo).Select(guest => guest.Name)];

    /// <summary>Gets the names of the guests with FIFO channels, for theories.</summary>
    public static TheoryData<string> FifoGuestNames { get; } =
    [.. Quick.Where(guest => guest.Abi == EventAbi.Fifo).Select(guest => guest.Name)];

    /// <summary>Returns the quick domain of that name.</summary>
    public static Guest Named(string name) => AllQuick.Single(guest => guest.Name == name);
}
