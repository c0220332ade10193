using System.Globalization;
using XenShared.Guests.Deduction;
using XenShared.Guests.Memory;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Targets;

namespace XenShared.Guests.Locating;

/// <summary>
/// Locates event arrays and vCPU records (<c>vcpu_info</c>) in the memory of a file, without a port table. Nothing can be proved: the ports
/// in use are not known, and nothing in a file changes. If exactly the expected number of places match, they are reported as inferred;
/// otherwise none is used.
/// </summary>
internal sealed class OfflineLocator(IGuestMemory memory, LocatorOptions options)
{
    private const string Advice = "create a capture while the guest runs";

    private readonly Dictionary<ushort, GuestMemoryScanner> _done = [];

    /// <summary>Locates the event array.</summary>
    /// <returns>The array, or why it is not known.</returns>
    public (LocatedEventArray? Array, XenException? WhyNot) FindEventArray(GuestInspection guest, CancellationToken cancellation)
    {
        var domId = guest.Domain.DomId;
        var scan = Scan(guest, cancellation);
        // The search has stopped early, because too many pages or records match. So the right page can be in memory that was not searched.
        if (scan.IsFlooded) return (null, ScanCache.Flooded(domId, scan, Advice));
        if (scan.Pages is not [var page])
        {
            var whyNot = ScanCache.NotLocated(
                domId,
                scan.Pages.Count == 0
                    ? $"No page of the {scan.Frames} in the file looks like an event array"
                    : $"{scan.Pages.Count} pages in the file look like an event array, and without a port table nothing shows which is "
                        + $"the right one",
                Advice);
            return (null, whyNot);
        }
        var copy = new byte[SharedInfoLayout.PageSize];
        memory.VisitFrames(domId, [page.Frame], (_, bytes) => bytes.CopyTo(copy));
        var array = new LocatedEventArray(
            null,
            [new EventArrayPage(0, page.Pfn, page.Frame, copy)],
            $"inferred: the only page of {scan.Frames} that looks like one; the file has no port table to prove it")
        {
            IsProved = false,
        };
        return (array, null);
    }

    /// <summary>Locates vCPU records.</summary>
    /// <returns>The known records, and the reason why others are not known.</returns>
    public (IReadOnlyList<LocatedVcpuInfo> Records, XenException? WhyNot) FindVcpuRecords(
        GuestInspection guest,
        CancellationToken cancellation)
    {
        var domId = guest.Domain.DomId;
        if (guest.Domain.MaxVcpuId is not { } highest)
            return ([], null);
        if (guest.Latest is null)
            return memory.TscKilohertz is { } kilohertz ? FindRecordsOfTsc(guest, kilohertz, highest, cancellation) : ([], null);
        if (guest is not { Latest: { } sample, Layout.Layout: { } layout })
            return ([], null);
        var slots = VcpuTimeContent.DecodeSlots(sample.Page.Span, layout);
        if (VcpuInfoPattern.FromSlots(slots) is null)
            return (
                [],
                ScanCache.NotLocated(
                    domId,
                    "No slot of the shared page was ever filled, so there is no clock that identifies the vCPUs' records",
                    Advice));
        var scan = Scan(guest, cancellation);
        if (scan.IsFlooded) return ([], ScanCache.Flooded(domId, scan, Advice));
        var clock = new VcpuInfoClock(slots);
        var found = Copies(domId, scan.Records).Where(candidate => clock.IsLater(candidate.Bytes)).ToArray();
        // No record is newer than the slots of the shared page. This is not an error: the guest may have registered no records, so that Xen
        // still writes to these slots.
        if (found.Length == 0) return ([], null);
        return Assign(domId, found, highest, "whose clock is that of the page, but newer");
    }

    // Returns the vCPU records of a file without the shared page. The file contains the TSC frequency, and the clock of a record must have
    // the multiplier for this frequency.
    private (IReadOnlyList<LocatedVcpuInfo> Records, XenException? WhyNot) FindRecordsOfTsc(
        GuestInspection guest,
        uint kilohertz,
        int highest,
        CancellationToken cancellation)
    {
        var domId = guest.Domain.DomId;
        var scan = Scan(guest, cancellation);
        if (scan.IsFlooded) return ([], ScanCache.Flooded(domId, scan, Advice));
        var found = Copies(domId, scan.Records).Where(candidate => (VcpuInfoReader.Version(candidate.Bytes) & 1) == 0).ToArray();
        var speed = string.Create(CultureInfo.InvariantCulture, $"{kilohertz / 1000.0:0.000} MHz");
        return found.Length == 0
            ? (
                [],
                ScanCache.NotLocated(
                    domId,
                    $"No place in the file looks like a vCPU's record with a clock of {speed}, the frequency in the file",
                    Advice))
            : Assign(domId, found, highest, $"whose clock is one of {speed}, which the file names");
    }

    private static (IReadOnlyList<LocatedVcpuInfo> Records, XenException? WhyNot) Assign(
        ushort domId,
        (GuestAddress Place, byte[] Bytes)[] found,
        int highest,
        string likeness)
    {
        if (found.Length != highest + 1 || !AreInOrder(found))
            return (
                [],
                ScanCache.NotLocated(
                    domId,
                    $"{found.Length} places in the file look like records of {highest + 1} vCPUs, and a file has no changes that "
                        + $"show to which vCPU each belongs",
                    Advice));
        var evidence =
            found.Length == 1
                ? $"inferred: the only record in the file {likeness}; a file has no changes that prove it"
                : $"inferred: the only {found.Length} records in the file {likeness}, taken in the order of their places; a file has no "
                    + $"changes that prove it";
        return (
            [
                .. found.Select(
                    (candidate, vcpu) =>
                        new LocatedVcpuInfo(
                            vcpu,
                            candidate.Place.Pfn,
                            candidate.Place.Frame,
                            candidate.Place.Offset,
                            null,
                            candidate.Bytes,
                            IsUnstable: false,
                            evidence)
                        {
                            IsProved = false,
                        }),
            ],
            null);
    }

    private VcpuInfoPattern? Pattern(GuestInspection guest) =>
        ScanCache.RecordPattern(guest)
        ?? (guest.Latest is null && memory.TscKilohertz is { } kilohertz ? VcpuInfoPattern.FromTscFrequency(kilohertz * 1000UL) : null);

    // Determines whether the records have the order that Linux creates: it places its per-CPU areas, which contain the records, in the
    // order of the CPUs and at equal distances. Without this order, nothing shows to which vCPU a record belongs.
    private static bool AreInOrder((GuestAddress Place, byte[] Bytes)[] found)
    {
        if (found.Length < 2) return true;
        var distance = found[1].Place.Pfn - found[0].Place.Pfn;
        return found
            .Zip(found.Skip(1))
            .All(pair => pair.Second.Place.Pfn - pair.First.Place.Pfn == distance && pair.Second.Place.Offset == pair.First.Place.Offset);
    }

    private List<(GuestAddress Place, byte[] Bytes)> Copies(ushort domId, IReadOnlyList<GuestAddress> places)
    {
        var copies = new List<(GuestAddress, byte[])>();
        memory.VisitFrames(domId, [.. places.Select(place => place.Frame)], (index, page) =>
            copies.Add((places[index], page.Slice(places[index].Offset, SharedInfoLayout.X86_64.Vcpu.Size).ToArray())));
        return copies;
    }

    private GuestMemoryScanner Scan(GuestInspection guest, CancellationToken cancellation)
    {
        var domId = guest.Domain.DomId;
        if (_done.TryGetValue(domId, out var done)) return done;
        var frames = new RecordedFrames(memory, domId);
        Action<ulong, TimeSpan>? progress = options.Progress is { } report
            ? (frameCount, elapsed) => report(new ScanProgress(domId, guest.Name, frameCount, frames.Count, elapsed))
            : null;
        var scan = GuestMemoryScanner.Run(
            memory,
            domId,
            frames,
            options.EventArrays ? new OfflineEventArrayPattern() : null,
            options.VcpuRecords ? Pattern(guest) : null,
            block: null,
            progress,
            cancellation);
        return _done[domId] = scan;
    }
}
