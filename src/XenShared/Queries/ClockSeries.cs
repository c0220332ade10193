using XenShared.Guests.Deduction;
using XenShared.Layout;

namespace XenShared.Queries;

/// <summary>Collects the updates of the live vCPU records of a domain.</summary>
internal sealed class ClockSeries
{
    private readonly Dictionary<int, List<VcpuTimeContent>> _updates = [];

    /// <summary>
    /// Creates a series from the first inspection of a domain. Later inspections add the records that are at the same places.
    /// </summary>
    public ClockSeries(GuestInspection guest, string hostName)
    {
        Guest = guest;
        TakenAt = guest.Latest?.TakenAt;
        if (guest is { Latest: { } sample, Layout.Layout: { } layout })
        {
            var view = new SharedInfoView(guest, sample, layout, hostName);
            Vcpus = view.Vcpus;
            WallClock = view.ToSharedInfo(guest.Layout.Evidence).WallClock;
        }
        else
        {
            Vcpus = [.. guest.VcpuRecords.Select(record => SharedInfoView.WithoutPage(guest, record, hostName))];
        }
        foreach (var vcpu in Vcpus) _updates.TryAdd(vcpu.Vcpu, []);
        Add(guest);
    }

    /// <summary>Gets the first inspection.</summary>
    public GuestInspection Guest { get; }

    /// <summary>Gets the records of the first inspection.</summary>
    public IReadOnlyList<XenVcpuInfo> Vcpus { get; }

    /// <summary>Gets the wall clock of the page; null if it is not known.</summary>
    public XenWallClock? WallClock { get; }

    /// <summary>Gets the time of the last sample; null if the file does not contain it.</summary>
    public DateTimeOffset? TakenAt { get; private set; }

    /// <summary>Gets a value indicating whether at least one record is outside the shared page.</summary>
    public bool HasLocatedRecords => Vcpus.Any(vcpu => vcpu.Source is StateSource.GuestMemory or StateSource.Kernel);

    /// <summary>Gets a list of updates for each vCPU.</summary>
    public IEnumerable<IReadOnlyList<VcpuTimeContent>> AllUpdates => _updates.Values;

    /// <summary>
    /// Determines whether a record is the clock that the guest reads: it was proved live, or it was found in the memory of a file. A file
    /// contains only one moment, so no record in it can be proved live.
    /// </summary>
    public static bool IsUsed(XenVcpuInfo vcpu) => vcpu is { IsLive: true } or { IsLive: null, Source: StateSource.GuestMemory };

    /// <summary>Returns the updates of a vCPU, in the order in which they were read.</summary>
    public IReadOnlyList<VcpuTimeContent> Updates(int vcpu) => _updates[vcpu];

    /// <summary>Adds the records of another inspection of the same domain.</summary>
    public void Add(GuestInspection later)
    {
        if (later.Domain.Uuid != Guest.Domain.Uuid) return;
        TakenAt = later.Latest?.TakenAt ?? TakenAt;
        foreach (var vcpu in Vcpus.Where(IsUsed))
        {
            if (vcpu.Source == StateSource.SharedPage) AddSlot(later, vcpu.Vcpu);
            else AddRecord(later, vcpu);
        }
    }

    private void AddSlot(GuestInspection later, int vcpu)
    {
        if (Guest.Layout.Layout is not { } layout || layout.SlotOffset(vcpu) is not { } slot) return;
        foreach (var sample in later.Samples)
        {
            if (!sample.Unstable.Contains(SeqlockRange.SlotTimeName(vcpu)))
                Add(vcpu, VcpuTimeContent.Decode(sample.Page.Span[slot..], layout.Vcpu));
        }
    }

    private void AddRecord(GuestInspection later, XenVcpuInfo vcpu)
    {
        foreach (var record in later.VcpuRecords)
        {
            // A kernel registers the place of its vcpu_info once. If the vcpu_info is now at another place, another kernel runs, so this
            // clock does not belong to the series.
            if (record.Vcpu == vcpu.Vcpu && !record.IsUnstable && SharedInfoView.LocationOf(record) == vcpu.Location)
                Add(vcpu.Vcpu, VcpuTimeContent.Decode(record.Bytes.Span, SharedInfoLayout.X86_64.Vcpu));
        }
    }

    private void Add(int vcpu, VcpuTimeContent time)
    {
        var updates = _updates[vcpu];
        if (ClockArithmetic.IsValid(time) && (updates.Count == 0 || updates[^1].Version != time.Version)) updates.Add(time);
    }
}
