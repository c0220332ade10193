using XenShared.Guests;
using XenShared.Guests.Deduction;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>Represents the state of a guest when a poke is checked.</summary>
internal sealed class PokeContext
{
    private static readonly Dictionary<string, string> s_noNodes = [];

    private PokeContext(GuestInspection guest, IXenDataSource target, IPokeLocator? locator)
    {
        Guest = guest;
        Target = target;
        Locator = locator;
    }

    public GuestInspection Guest { get; }

    /// <summary>Gets the start time of the domain from xenstore; null if unknown.</summary>
    public string? StartTime => Target.Memory?.ReadStartTime(Guest.Domain);

    public IXenDataSource Target { get; }

    public IPokeLocator? Locator { get; }

    public ushort DomId => Guest.Domain.DomId;

    public SharedInfoLayout? Layout => Guest.Layout.Layout;

    public EventAbi Abi => Guest.Abi.Abi;

    public ReadOnlyMemory<byte> Page => Guest.Latest?.Page ?? ReadOnlyMemory<byte>.Empty;

    /// <summary>
    /// Reads the state of a guest. With a <paramref name="sampleTime"/> above zero, samples it until live records are distinguished from
    /// frozen ones.
    /// </summary>
    public static PokeContext Create(
        IXenDataSource target,
        ushort domId,
        TimeSpan sampleTime,
        IPokeLocator? locator,
        CancellationToken cancellation
    ) => new(new GuestInspector(target).Inspect([target.ReadDomain(domId)], sampleTime, cancellation).Single(), target, locator);

    /// <summary>Reads everything again that may have changed, and deduces the state together with the earlier samples.</summary>
    public PokeContext Refresh()
    {
        var domain = Target.ReadDomain(DomId);
        var (sample, pageError) = ReadOrError(() => Target.ReadSample(domain));
        var (ports, portError) = ReadOrError(() => Target.ReadPorts(DomId));
        DomainSample[] all = sample is null ? [] : [.. Guest.Samples, sample];
        var layout = LayoutDeduction.Deduce(
            domain,
            Target.Host.Architecture,
            sample,
            domain.PvWidth is null ? Target.ReadHostClock() : null);
        var guest = Guest with
        {
            Domain = domain,
            Samples = all,
            PageError = pageError,
            Ports = ports,
            PortError = portError,
            Layout = layout,
            Abi = AbiDeduction.Deduce(layout.Layout, all, ports),
        };
        return new PokeContext(guest, Target, Locator);
    }

    /// <summary>Determines whether both contexts are of the same domain. Xen reuses domain numbers.</summary>
    public bool IsSameDomainAs(PokeContext other) => Guest.Domain.Uuid == other.Guest.Domain.Uuid && StartTime == other.StartTime;

    public EventChannelStatus? Port(uint port) =>
        Guest.Ports?.Bound.Where(status => status.Port == port).Select(status => (EventChannelStatus?)status).FirstOrDefault();

    /// <summary>Reads the devices that xenstore names for the ports; none if it cannot be read.</summary>
    public DeviceNames ReadDevices() => DeviceNames.Parse(ReadOrError(() => Target.ReadDeviceNodes(DomId)).Value ?? s_noNodes);

    public VcpuRunState? Vcpu(int vcpu) =>
        Guest.Latest?.Vcpus.Where(state => state.Vcpu == vcpu).Select(state => (VcpuRunState?)state).FirstOrDefault();

    public SlotLiveness Liveness(int vcpu) => Layout is { } layout ? SlotLiveness.Deduce(Guest.Samples, layout, vcpu) : default;

    public bool IsMasked(uint port) => Layout is { } layout && IsSet(layout, layout.MaskOffset, port);

    public bool IsPending(uint port) => Layout is { } layout && IsSet(layout, layout.PendingOffset, port);

    /// <summary>Returns the selector in a vCPU's slot of the page.</summary>
    public ulong Selector(int vcpu) =>
        Layout?.SlotOffset(vcpu) is { } slot && !Page.IsEmpty ? Layout.Vcpu.PendingSelector.Read(Page.Span[slot..]) : 0;

    /// <summary>Returns the pending bits of one word that are not masked.</summary>
    public ulong WaitingIn(int word)
    {
        if (Layout is not { } layout || Page.IsEmpty || word < 0 || word >= layout.WordBytes * 8) return 0;
        var pending = new LayoutField("evtchn_pending", layout.PendingOffset + word * layout.WordBytes, layout.WordBytes);
        var mask = new LayoutField("evtchn_mask", layout.MaskOffset + word * layout.WordBytes, layout.WordBytes);
        return pending.Read(Page.Span) & ~mask.Read(Page.Span);
    }

    private bool IsSet(SharedInfoLayout layout, int bitmap, uint port) =>
        !Page.IsEmpty && port < layout.PortCount && EventBitmap.IsSet(Page.Span.Slice(bitmap, layout.BitmapBytes), port);

    private static (T? Value, XenException? Error) ReadOrError<T>(Func<T> read)
        where T : class
    {
        try
        {
            return (read(), null);
        }
        catch (XenException error) when (!error.IsFatal)
        {
            return (null, error);
        }
    }
}
