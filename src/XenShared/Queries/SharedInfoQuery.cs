using XenShared.Files.DebugKeys;
using XenShared.Guests;
using XenShared.Guests.Deduction;
using XenShared.Guests.Locating;
using XenShared.Layout;
using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>Reads and decodes shared pages.</summary>
public sealed class SharedInfoQuery(IXenDataSource target, IQueryObserver observer)
{
    /// <summary>
    /// Gets the maximum time in which each page is read repeatedly, to distinguish vCPU slots that Xen updates from frozen ones. Zero reads
    /// each page once.
    /// </summary>
    public TimeSpan SampleTime { get; init; }

    /// <summary>Gets the layout to decode pages with; null deduces it for each page.</summary>
    public GuestLayout? Layout { get; init; }

    /// <summary>
    /// Gets the options for searching guest memory for vCPU records outside the page; null for no search, which is enough for the page
    /// itself.
    /// </summary>
    internal LocatorOptions? Locate { get; init; }

    /// <summary>
    /// Streams the pages of the selected domains. The observer gets the errors of the target, <see cref="XenErrorId.SharedInfoNotMapped"/>,
    /// <see cref="XenErrorId.LayoutUnknown"/> and <see cref="XenErrorId.SharedInfoUnstable"/>. After the last one, the page is still
    /// returned, without the part that could not be read consistently.
    /// </summary>
    public IEnumerable<XenSharedInfo> Run(DomainSelection selection, CancellationToken cancellation = default)
    {
        foreach (var guest in Inspect(selection, cancellation))
        {
            if (ToSharedInfo(guest) is { } page) yield return page;
        }
    }

    /// <summary>
    /// Creates the page object of an inspected guest; null if its page cannot be read or decoded, in which case the observer gets the
    /// error.
    /// </summary>
    internal XenSharedInfo? ToSharedInfo(GuestInspection guest) =>
        View(guest)?.ToSharedInfo(Layout is null ? guest.Layout.Evidence : "requested");

    /// <summary>
    /// Streams the vCPU records of the selected domains. A domain whose page is not available, such as a saved HVM guest, still has the
    /// records that were found in its memory.
    /// </summary>
    internal IEnumerable<XenVcpuInfo> RunVcpus(DomainSelection selection, CancellationToken cancellation)
    {
        string?[] remarks = [target.DomainStates?.Remark, ConsoleLogTarget.GetToolRemark(target)];
        foreach (var remark in remarks.OfType<string>()) observer.Warn(new QueryWarning(null, XenErrorId.EventStateUnknown, remark));
        foreach (var guest in Inspect(selection, cancellation))
        {
            if (guest.Latest is null && target.DomainStates?.Domains.GetValueOrDefault(guest.Domain.DomId) is { } state)
            {
                foreach (var vcpu in state.Vcpus) yield return SharedInfoView.FromOutput(guest, state, vcpu, target);
                if (state is { Output: StateOutput.DebugKey, HasAllVcpus: false }) observer.Warn(VcpusMissing(guest.Domain.DomId));
            }
            else if (guest is { Latest: null, VcpuRecords.Count: > 0, PageError: { } error })
            {
                observer.Warn(new QueryWarning(guest.Domain.DomId, error.Id, error.Message));
                foreach (var record in guest.VcpuRecords) yield return SharedInfoView.WithoutPage(guest, record, target.Host.HostName);
            }
            else if (View(guest) is { } view)
            {
                foreach (var vcpu in view.Vcpus) yield return vcpu;
            }
            else if (target.Memory is { IsRecorded: true } && guest.VcpuRecordError is { } whyNot)
            {
                observer.Warn(new QueryWarning(guest.Domain.DomId, whyNot.Id, whyNot.Message));
            }
        }
    }

    private QueryWarning VcpusMissing(ushort domId) =>
        new(
            domId,
            XenErrorId.EventStateUnknown,
            $"Domain {domId}: the output of debug key 'q' in {target.DisplayName} is not complete, so vCPUs can be missing.");

    private IEnumerable<GuestInspection> Inspect(DomainSelection selection, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(selection);
        var inspector = new GuestInspector(target) { Locate = Locate, RunStates = SampleTime > TimeSpan.Zero || Locate is not null };
        return inspector.Inspect(selection.Read(target, observer, cancellation), SampleTime, cancellation);
    }

    private SharedInfoView? View(GuestInspection guest)
    {
        if (guest.Latest is not { } sample)
        {
            if (guest.PageError is { } error) observer.Fail(error);
            return null;
        }
        var layout = Layout is { } given ? SharedInfoLayout.ForLayout(given) : guest.Layout.Layout;
        if (layout is null)
        {
            observer.Fail(LayoutUnknown(guest));
            return null;
        }
        var view = new SharedInfoView(guest with { Abi = AbiIn(guest, layout) }, sample, layout, target.Host.HostName);
        if (guest.PortError is { } portError)
            observer.Fail(portError);
        foreach (var range in view.Unstable)
            observer.Fail(Unstable(guest, range));
        if (guest.VcpuRecordError is { } recordError)
            observer.Warn(new QueryWarning(guest.Domain.DomId, recordError.Id, recordError.Message));
        return view;
    }

    // Returns the event ABI of a page that is decoded with 'layout', which can be the choice of the user. If the page itself shows no
    // layout, the ABI is deduced with 'layout'. If the page shows another layout, the ABI is unknown, so the bitmaps are not decoded.
    private static AbiDeduction AbiIn(GuestInspection guest, SharedInfoLayout layout) => guest.Layout.Layout switch
    {
        null => AbiDeduction.Deduce(layout, guest.Samples, guest.Ports),
        { } deduced when deduced == layout => guest.Abi,
        _ => new AbiDeduction(EventAbi.Unknown, $"the page is read as {layout.Layout}, which is not its layout: {guest.Layout.Evidence}"),
    };

    private static XenException LayoutUnknown(GuestInspection guest) =>
        new(
            XenErrorId.LayoutUnknown,
            $"The layout of the page of domain {guest.Domain.DomId} could not be deduced: {guest.Layout.Evidence}",
            "select one with the layout option")
        {
            DomId = guest.Domain.DomId,
        };

    private static XenException Unstable(GuestInspection guest, string range) =>
        new(
            XenErrorId.SharedInfoUnstable,
            $"The {range} of domain {guest.Domain.DomId} was being written each time it was read, and is left out",
            "read it again, and check the guest if this continues")
        {
            DomId = guest.Domain.DomId,
        };
}
