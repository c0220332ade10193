using XenShared.Guests.Memory;
using XenShared.Layout;
using XenShared.Readings;
using XenShared.Targets;

namespace XenShared.Guests.Locating;

/// <summary>
/// Finds event arrays and vCPU records in memory that stands still, in a file, beside which there is no table of ports. Nothing can be proved there as it is of a guest that
/// runs: no port's use is known, and no record moves. What is the only place of its kind is inferred, and is said to be; two places of a kind are none.
/// </summary>
internal sealed class InferredPlaces(IRecordedMemory memory, LocatorOptions options)
{
    private const string Advice = "have a capture made of a guest that runs";

    private readonly Dictionary<ushort, MemoryScan> _done = [];

    /// <summary>Looks for the event array.</summary>
    /// <returns>Why it is not known; null when it is.</returns>
    public XenException? FindEventArray(GuestInspection guest, CancellationToken cancellation, out EventArrayReading? reading)
    {
        reading = null;
        var domId = guest.Domain.DomId;
        var scan = Scan(guest, cancellation);
        if (scan.Pages is not [var page])
        {
            return GuestScans.NotLocated(domId, scan.Pages.Count == 0
                ? $"No page of the {scan.Frames} in the file looks like an event array"
                : $"{scan.Pages.Count} pages in the file look like an event array, and without a table of ports nothing tells the true one", Advice);
        }
        var copy = new byte[SharedInfoLayout.PageSize];
        memory.VisitFrames(domId, [page.Frame], (_, bytes) => bytes.CopyTo(copy));
        reading = new EventArrayReading(null, [new EventArrayPage(0, page.Pfn, page.Frame, copy)], $"inferred: the only page of {scan.Frames} that looks like one; the file has no table of ports to prove it by") { IsProved = false };
        return null;
    }

    /// <summary>Looks for vCPUs' records.</summary>
    /// <returns>Those that are known, and why others are not.</returns>
    public (IReadOnlyList<VcpuRecordReading> Records, XenException? WhyNot) FindVcpuRecords(GuestInspection guest, CancellationToken cancellation)
    {
        var domId = guest.Domain.DomId;
        if (guest is not { Latest: { } sample, Layout.Layout: { } layout, Domain.MaxVcpuId: { } highest }) return ([], null);
        var slots = SharedInfoContent.Decode(sample.Page.Bytes.Span, layout).Slots.Select(slot => slot.Time).ToArray();
        if (VcpuRecordPattern.Of(slots) is null)
            return ([], GuestScans.NotLocated(domId, "No slot of the shared page was ever filled, so there is no clock to recognise vCPUs' records by", Advice));
        var scan = Scan(guest, cancellation);
        if (scan.IsFlooded) return ([], GuestScans.NotLocated(domId, $"More than {scan.Records.Count} places in the file look like a vCPU's record", Advice));
        var clock = new RecordClock(slots);
        var found = Copies(domId, scan.Records).Where(one => clock.IsLater(one.Bytes)).ToArray();
        // Nothing later than the page: it may be the page that Xen writes to.
        if (found.Length == 0) return ([], null);
        if (found.Length != highest + 1 || !AreInOrder(found))
            return ([], GuestScans.NotLocated(domId, $"{found.Length} places in the file look like records of {highest + 1} vCPUs, and nothing moves there that would tell which is whose", Advice));
        var evidence = found.Length == 1
            ? "inferred: the only record in the file whose clock is that of the page, and later; nothing moves in a file that would prove it"
            : $"inferred: the only {found.Length} records in the file whose clock is that of the page, and later, taken in the order of their places; nothing moves in a file that would prove it";
        return ([.. found.Select((one, vcpu) => new VcpuRecordReading(vcpu, one.Place.Pfn, one.Place.Frame, one.Place.Offset, null, one.Bytes, IsUnstable: false, evidence) { IsProved = false })], null);
    }

    // Linux has its per-CPU areas one after the other in the order of the CPUs, so the records lie at one distance.
    private static bool AreInOrder((FoundRecord Place, byte[] Bytes)[] found)
    {
        if (found.Length < 2) return true;
        var distance = found[1].Place.Pfn - found[0].Place.Pfn;
        return found.Zip(found.Skip(1)).All(pair => pair.Second.Place.Pfn - pair.First.Place.Pfn == distance && pair.Second.Place.Offset == pair.First.Place.Offset);
    }

    private List<(FoundRecord Place, byte[] Bytes)> Copies(ushort domId, IReadOnlyList<FoundRecord> places)
    {
        var copies = new List<(FoundRecord, byte[])>();
        memory.VisitFrames(domId, [.. places.Select(place => place.Frame)], (index, page) =>
            copies.Add((places[index], page.Slice(places[index].Offset, SharedInfoLayout.X86_64.Vcpu.Size).ToArray())));
        return copies;
    }

    private MemoryScan Scan(GuestInspection guest, CancellationToken cancellation)
    {
        var domId = guest.Domain.DomId;
        if (_done.TryGetValue(domId, out var done)) return done;
        var frames = new RecordedFrames(memory, domId);
        Action<ulong, TimeSpan>? progress = options.Progress is { } tell ? (looked, elapsed) => tell(new ScanProgress(domId, guest.Name, looked, frames.Count, elapsed)) : null;
        var scan = MemoryScan.Run(
            memory, domId, frames, options.EventArrays ? new LoneArrayPattern() : null, options.VcpuRecords ? GuestScans.RecordPattern(guest) : null, progress, cancellation);
        return _done[domId] = scan;
    }
}
