using XenShared.Files;
using XenShared.Layout;
using XenShared.Readings;
using XenShared.Targets;

namespace XenShared.Guests.Locating;

/// <summary>Finds vCPU records that a guest has registered outside its shared page, and proves each by watching it.</summary>
internal sealed class VcpuRecordLocator(IXenTarget target, IGuestMemory memory)
{
    private readonly RecordReader _reader = new(target, memory);

    /// <summary>Prepares to watch what a search found.</summary>
    public static RecordWatch Prepare(GuestInspection guest, IReadOnlyList<FoundRecord> found)
    {
        var frame = guest.Latest?.Frame;
        // The slots of the shared page are known without a search.
        return new RecordWatch([.. found.Where(record => record.Frame != frame)], Relocated(guest));
    }

    /// <summary>vCPUs whose slot is not known to be live.</summary>
    public static IReadOnlyList<int> Relocated(GuestInspection guest) =>
        guest.Layout.Layout is not { } layout || guest.Domain.MaxVcpuId is not { } highest ? [] :
            [.. Enumerable.Range(0, highest + 1).Where(vcpu => SlotLiveness.Judge(guest.Samples, layout, vcpu).IsLive != true)];

    /// <summary>Takes one more look, as long as the guest is there.</summary>
    public void Look(ushort domId, RecordWatch watch)
    {
        try
        {
            watch.Add(_reader.Look(domId, watch.Places));
        }
        catch (XenException error) when (!error.IsFatal)
        {
            // It goes away: what was seen before stays true.
        }
    }

    /// <summary>The records that are known, with what was seen of them last.</summary>
    public static IReadOnlyList<VcpuRecordLocation> Locations(RecordWatch watch) => watch.Latest is not { } look ? [] :
        [.. watch.Assign().Where(one => look.Records[one.Place] is not null).Select(one => new VcpuRecordLocation(
            one.Vcpu,
            watch.Places[one.Place].Pfn,
            watch.Places[one.Place].Frame,
            watch.Places[one.Place].Offset,
            one.Evidence,
            look.TakenAt,
            RecordReader.Version(look.Records[one.Place]),
            RecordReader.SystemTime(look.Records[one.Place]),
            look.Vcpu(one.Vcpu)?.CpuTimeNanoseconds ?? 0))];

    /// <summary>Reads records where they were found before; null when one of them is none any more.</summary>
    /// <param name="domId">The guest.</param>
    /// <param name="pattern">What its records look like.</param>
    /// <param name="locations">Where they were found.</param>
    /// <param name="seen">The same with what was seen now, to tell by the next time whether they are still kept up to date.</param>
    public IReadOnlyList<VcpuRecordReading>? Read(
        ushort domId, VcpuRecordPattern pattern, IReadOnlyList<VcpuRecordLocation> locations, out IReadOnlyList<VcpuRecordLocation> seen)
    {
        seen = locations;
        if (locations.Count == 0 || locations.Any(location => location.Offset < 0 || location.Offset % 8 != 0 || location.Offset > SharedInfoLayout.PageSize - SharedInfoLayout.X86_64.Vcpu.Size)) return null;
        var look = _reader.Look(domId, [.. locations.Select(location => new FoundRecord(location.Pfn, location.Frame, location.Offset))]);
        var readings = new List<VcpuRecordReading>();
        var now = new List<VcpuRecordLocation>();
        foreach (var (location, record) in locations.Zip(look.Records))
        {
            if (record is null || !pattern.Matches(record) || IsFrozen(location, record, look)) return null;
            readings.Add(new(location.Vcpu, location.Pfn, location.Frame, location.Offset, look.TakenAt, record, IsUnstable: false, location.Evidence));
            now.Add(Seen(location, record, look));
        }
        seen = now;
        return readings;
    }

    // While the version stands, its vCPU's run time is counted from when that was first seen: else a record that is looked at often never counts as frozen.
    private static VcpuRecordLocation Seen(VcpuRecordLocation location, byte[] record, RecordLook look) => RecordReader.Version(record) == location.Version ? location : location with
    {
        SeenAt = look.TakenAt,
        Version = RecordReader.Version(record),
        SystemTime = RecordReader.SystemTime(record),
        CpuTimeNanoseconds = look.Vcpu(location.Vcpu)?.CpuTimeNanoseconds ?? location.CpuTimeNanoseconds,
    };

    // A vCPU that ran for longer than a calibration takes has been brought up to date, if Xen still knows this place.
    private static bool IsFrozen(VcpuRecordLocation location, byte[] record, RecordLook look)
    {
        if ((int)(RecordReader.Version(record) - location.Version) < 0 || RecordReader.SystemTime(record) + RecordReader.Setback < location.SystemTime) return true;
        return RecordReader.Version(record) == location.Version
            && look.Vcpu(location.Vcpu)?.CpuTimeNanoseconds is { } ran
            && ran > location.CpuTimeNanoseconds + SlotLiveness.CalibrationMargin.TotalNanoseconds;
    }
}
