using XenShared.Guests;
using XenShared.Guests.Deduction;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>Represents the state of a guest at one moment, which the checks of a poke use.</summary>
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
    /// Reads the state of a guest. With a <paramref name="sampleTime"/> above zero, samples its page until it is known which
    /// <c>vcpu_info</c> slots are live and which are frozen copies, or until the time is over.
    /// </summary>
    public static PokeContext Create(
        IXenDataSource target,
        ushort domId,
        TimeSpan sampleTime,
        IPokeLocator? locator,
        CancellationToken cancellation
    ) => new(new GuestInspector(target).Inspect([target.ReadDomain(domId)], sampleTime, cancellation).Single(), target, locator);

    /// <summary>
    /// Reads the domain, its page and its ports again, and returns the new state. The earlier samples of the page are kept if it can still
    /// be read, because the deductions compare samples.
    /// </summary>
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

    /// <summary>
    /// Determines whether both contexts have the same UUID and start time. The domain number is not enough, because Xen reuses it.
    /// </summary>
    public bool IsSameDomainAs(PokeContext other) => Guest.Domain.Uuid == other.Guest.Domain.Uuid && StartTime == other.StartTime;

    public EventChannelStatus? Port(uint port) =>
        Guest.Ports?.Bound.Where(status => status.Port == port).Select(status => (EventChannelStatus?)status).FirstOrDefault();

    /// <summary>Reads the names of the devices to which the ports belong; empty if xenstore cannot be read.</summary>
    public DeviceNames ReadDevices() => DeviceNames.Parse(ReadOrError(() => Target.ReadDeviceNodes(DomId)).Value ?? s_noNodes);

    public VcpuRunState? Vcpu(int vcpu) =>
        Guest.Latest?.Vcpus.Where(state => state.Vcpu == vcpu).Select(state => (VcpuRunState?)state).FirstOrDefault();

    public SlotLiveness Liveness(int vcpu) => Layout is { } layout ? SlotLiveness.Deduce(Guest.Samples, layout, vcpu) : default;

    public bool IsMasked(uint port) => Layout is { } layout && IsSet(layout, layout.MaskOffset, port);

    public bool IsPending(uint port) => Layout is { } layout && IsSet(layout, layout.PendingOffset, port);

    /// <summary>Returns the pending selector in a vCPU's slot of the shared page; 0 if there is no slot or no page.</summary>
    public ulong Selector(int vcpu) =>
        Layout?.SlotOffset(vcpu) is { } slot && !Page.IsEmpty ? Layout.Vcpu.PendingSelector.Read(Page.Span[slot..]) : 0;

    /// <summary>Returns the bits of one word of the bitmap that are pending and not masked; 0 if the page is not known.</summary>
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
