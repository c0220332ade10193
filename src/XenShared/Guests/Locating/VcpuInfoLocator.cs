using XenShared.Files;
using XenShared.Guests.Deduction;
using XenShared.Guests.Memory;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Targets;

namespace XenShared.Guests.Locating;

/// <summary>
/// Locates vCPU records (<c>vcpu_info</c>) that a guest has registered outside its shared page. A place is accepted as a record only if
/// samples prove that Xen updates it.
/// </summary>
internal sealed class VcpuInfoLocator(IXenDataSource target, IGuestMemory memory)
{
    private readonly VcpuInfoReader _reader = new(target, memory);

    /// <summary>Creates the tracker for the results of a search.</summary>
    public static VcpuInfoTracker Prepare(GuestInspection guest, IReadOnlyList<GuestAddress> found)
    {
        var frame = guest.Latest?.Frame;
        // A search finds the slots of the shared page too, because they look like records. They are known already, so they are left out.
        return new VcpuInfoTracker([.. found.Where(record => record.Frame != frame)], Relocated(guest));
    }

    /// <summary>Returns the vCPUs whose slot is not known to be live, so that their record may be outside the shared page.</summary>
    public static IReadOnlyList<int> Relocated(GuestInspection guest) =>
        guest.Layout.Layout is not { } layout || guest.Domain.MaxVcpuId is not { } highest ? [] :
            [.. Enumerable.Range(0, highest + 1).Where(vcpu => SlotLiveness.Deduce(guest.Samples, layout, vcpu).IsLive != true)];

    /// <summary>Takes another sample, unless the guest has ended.</summary>
    public void TakeSample(ushort domId, VcpuInfoTracker watch)
    {
        try
        {
            watch.Add(_reader.ReadSample(domId, watch.Places));
        }
        catch (XenException error) when (!error.IsFatal)
        {
            // The guest has ended. Earlier samples remain valid.
        }
    }

    /// <summary>Returns the locations of the known records, with the state at the last sample.</summary>
    public static IReadOnlyList<VcpuInfoLocation> Locations(VcpuInfoTracker watch) => watch.Latest is not { } sample ? [] :
        [.. watch.Assign().Where(owner => sample.Records[owner.Place] is not null).Select(owner => new VcpuInfoLocation(
            owner.Vcpu,
            watch.Places[owner.Place].Pfn,
            watch.Places[owner.Place].Frame,
            watch.Places[owner.Place].Offset,
            owner.Evidence,
            sample.TakenAt,
            VcpuInfoReader.Version(sample.Records[owner.Place]),
            VcpuInfoReader.SystemTime(sample.Records[owner.Place]),
            sample.Vcpu(owner.Vcpu)?.CpuTimeNanoseconds ?? 0))];

    /// <summary>
    /// Reads records at known locations; null if there are none, or if one of them cannot be read or is no longer a live record.
    /// </summary>
    /// <param name="domId">The guest.</param>
    /// <param name="pattern">The pattern of its records.</param>
    /// <param name="locations">The known locations.</param>
    /// <param name="updated">The locations with their present content, which the next read compares.</param>
    public IReadOnlyList<LocatedVcpuInfo>? Read(
        ushort domId, VcpuInfoPattern pattern, IReadOnlyList<VcpuInfoLocation> locations, out IReadOnlyList<VcpuInfoLocation> updated)
    {
        updated = locations;
        if (locations.Count == 0
            || locations.Any(location =>
                location.Offset < 0
                || location.Offset % 8 != 0
                || location.Offset > SharedInfoLayout.PageSize - SharedInfoLayout.X86_64.Vcpu.Size))
            return null;
        var sample = _reader.ReadSample(
            domId,
            [.. locations.Select(location => new GuestAddress(location.Pfn, location.Frame, location.Offset))]);
        var readings = new List<LocatedVcpuInfo>();
        var now = new List<VcpuInfoLocation>();
        foreach (var (location, record) in locations.Zip(sample.Records))
        {
            if (record is null || !pattern.Matches(record) || IsFrozen(location, record, sample))
                return null;
            readings.Add(
                new(
                    location.Vcpu,
                    location.Pfn,
                    location.Frame,
                    location.Offset,
                    sample.TakenAt,
                    record,
                    IsUnstable: false,
                    location.Evidence));
            now.Add(Updated(location, record, sample));
        }
        updated = now;
        return readings;
    }

    // Returns the values with which the next read compares the record. While the version does not change, the old values are kept, so the
    // run time since the last change adds up over several reads. With new values at each read, a frozen record would never be noticed.
    private static VcpuInfoLocation Updated(VcpuInfoLocation location, byte[] record, VcpuInfoSample sample) =>
        VcpuInfoReader.Version(record) == location.Version
            ? location
            : location with
            {
                SeenAt = sample.TakenAt,
                Version = VcpuInfoReader.Version(record),
                SystemTime = VcpuInfoReader.SystemTime(record),
                CpuTimeNanoseconds = sample.Vcpu(location.Vcpu)?.CpuTimeNanoseconds ?? location.CpuTimeNanoseconds,
            };

    // Determines whether Xen no longer updates a record. In a live record, the version never decreases, and the time decreases only a
    // little. If the vCPU ran for longer than CalibrationMargin, Xen has changed the version of a live record.
    private static bool IsFrozen(VcpuInfoLocation location, byte[] record, VcpuInfoSample sample)
    {
        if ((int)(VcpuInfoReader.Version(record) - location.Version) < 0
            || VcpuInfoReader.SystemTime(record) + ClockArithmetic.MaximumBackwardStep < location.SystemTime)
            return true;
        return VcpuInfoReader.Version(record) == location.Version
            && sample.Vcpu(location.Vcpu)?.CpuTimeNanoseconds is { } ran
            && ran > location.CpuTimeNanoseconds + SlotLiveness.CalibrationMargin.TotalNanoseconds;
    }
}
