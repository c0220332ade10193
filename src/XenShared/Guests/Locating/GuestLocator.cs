using System.Globalization;
using XenShared.Files;
using XenShared.Guests.Deduction;
using XenShared.Hypervisor;
using XenShared.Kernel;
using XenShared.Layout;
using XenShared.Targets;

namespace XenShared.Guests.Locating;

/// <summary>
/// Locates the FIFO event array and the vCPU records (<c>vcpu_info</c>) in guest memory, whose places Xen does not report. Cached places
/// are verified first; otherwise the whole memory of the guest is searched, read-only. For the control domain, its own kernel is read
/// instead.
/// </summary>
public sealed class GuestLocator(IXenDataSource target, LocatorOptions options)
{
    // After a search that did not find everything, the memory is not searched again within this time.
    private static readonly TimeSpan s_negativeCacheDuration = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(400);

    // The time for which new places of control blocks are read again, to see whether they change. In a healthy guest, they do within a
    // second or two.
    private static readonly TimeSpan s_blockTime = TimeSpan.FromSeconds(2);

    private readonly ScanCache _scans = new(target, options);
    private readonly OfflineLocator? _inferred = target.Memory is { IsRecorded: true } memory ? new OfflineLocator(memory, options) : null;

    private readonly OwnKernelReader? _kernel =
        options.Source != ChannelSource.GuestMemory && target.OwnKernel is { } kernel ? new OwnKernelReader(target, kernel) : null;

    /// <summary>Reads a guest's event array.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="cancellation">Cancels a search.</param>
    /// <returns>
    /// The array, or why it is not known. Both are null if a capture has neither, or the requested source does not apply to the guest.
    /// </returns>
    public (LocatedEventArray? Array, XenException? WhyNot) ReadEventArray(GuestInspection guest, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(guest);
        var domId = guest.Domain.DomId;
        if (target.HasLocations) return ReadRecordedArray(domId);
        if (domId == OwnKernel.DomId && _kernel is not null) return _kernel.ReadEventArray();
        if (options.Source == ChannelSource.Kernel) return (null, null);
        if (_inferred is not null) return _inferred.FindEventArray(guest, cancellation);
        try
        {
            if (target.Memory is not { } memory || memory.OwnDomId == domId) return (null, _scans.Run(guest, cancellation).WhyNot);
            var arrays = new EventArrayLocator(target, memory);
            var pageCount = guest.Ports is { } ports ? new EventArrayPattern(ports).PageCount : 0;
            var remembered = Find(guest);
            // If a recent search found no event array, or not all of its pages, the search is not repeated. But it is repeated if the ports
            // in use now need more pages than at that search.
            var isSearched = IsRecent(remembered?.SearchedAt) && remembered!.SearchedPages >= pageCount;
            var known = remembered is { EventPages: { } knownPages } ? arrays.Read(domId, knownPages) : null;
            if (known is not null && (isSearched || IsWhole(guest, known))) return (known, null);
            if (isSearched && remembered!.EventPages is null)
            {
                var recently = ScanCache.NotLocated(
                    domId,
                    $"The memory of domain {domId} was searched "
                        + $"{(TimeProvider.System.GetUtcNow() - remembered.SearchedAt!.Value).TotalSeconds:0} s "
                        + $"ago, and no event array was found",
                    "search again with source GuestMemory, or read the channels from Xen with source Hypervisor");
                return (null, recently);
            }
            var (scan, whyNot) = _scans.Run(guest, cancellation);
            if (scan is null) return (known, known is null ? whyNot : null);
            var (found, reason) = scan.IsFlooded ? (null, ScanCache.Flooded(domId, scan)) : arrays.Assign(domId, scan.Pages, scan.Frames);
            var array = found ?? known;
            var pages = array?.Pages.Select(page => new EventPageLocation(page.Index, page.Pfn, page.Frame)).ToArray();
            Remember(guest, location =>
                location with
                {
                    EventPages = pages,
                    SearchedAt = TimeProvider.System.GetUtcNow(),
                    SearchedPages = pageCount,
                });
            return (array, array is null ? reason : null);
        }
        catch (XenException error) when (!error.IsFatal)
        {
            return (null, error);
        }
    }

    /// <summary>Reads the control blocks of a guest with a located event array.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="cancellation">Cancels a search.</param>
    /// <returns>The control blocks, and the reason why others are not known.</returns>
    public (IReadOnlyList<LocatedControlBlock> Blocks, XenException? WhyNot) ReadControlBlocks(
        GuestInspection guest,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(guest);
        var domId = guest.Domain.DomId;
        if (target.HasLocations) return (target.ReadControlBlocks(domId, out var whyNotRead), whyNotRead);
        if (target.Memory is not { IsRecorded: false } memory || memory.OwnDomId == domId)
            return (
                [],
                ScanCache.NotLocated(
                    domId,
                    $"The control blocks of domain {domId} are located only in the memory of a guest of the local host",
                    "read them on its host"));
        try
        {
            var locator = new ControlBlockLocator(target, memory);
            var remembered = Find(guest);
            IReadOnlyList<LocatedControlBlock> blocks = [];
            if (remembered?.ControlBlocks is { } known)
            {
                blocks = locator.Read(guest, known, out var present);
                Keep(present);
            }
            var missing = FindMissing(guest, blocks);
            if (missing.Length > 0 && !IsRecent(remembered?.BlocksSearchedAt))
            {
                var (scan, whyNot) = _scans.Run(guest, cancellation);
                if (scan is null) return (blocks, whyNot);
                if (scan.IsFlooded || scan.HasTooManyBlocks) return (blocks, ScanCache.Flooded(domId, scan));
                Remember(guest, location => location with { BlocksSearchedAt = TimeProvider.System.GetUtcNow() });
                ControlBlockLocation[] found =
                [
                    .. scan.ControlBlocks.Select(page => new ControlBlockLocation(-1, page.Pfn, page.Frame, null, default)),
                ];
                blocks = Watch(guest, locator, found, cancellation);
                missing = FindMissing(guest, blocks);
            }
            return (
                blocks,
                missing.Length == 0
                    ? null
                    : ScanCache.NotLocated(
                        domId,
                        $"No page, or more than one, of domain {domId} can be the control block of vCPU {string.Join(", ", missing)}",
                        "try again later: a vCPU without an event since its start has no such page"));
        }
        catch (XenException error) when (!error.IsFatal)
        {
            return ([], error);
        }

        // Reads the found places until each of them is proved, for a short time. A later read proves the others when they have changed.
        IReadOnlyList<LocatedControlBlock> Watch(
            GuestInspection inspected,
            ControlBlockLocator locator,
            IReadOnlyList<ControlBlockLocation> places,
            CancellationToken token)
        {
            var start = TimeProvider.System.GetTimestamp();
            while (true)
            {
                var blocks = locator.Read(inspected, places, out places);
                var isDone = places.All(place => place.Evidence is not null) || inspected.Domain.State == DomainState.Paused;
                if (isDone || TimeProvider.System.GetElapsedTime(start) >= s_blockTime)
                {
                    Keep(places);
                    return blocks;
                }
                TimeProvider.System.Wait(s_step, token);
            }
        }

        void Keep(IReadOnlyList<ControlBlockLocation> places) =>
            Remember(guest, location => location with { ControlBlocks = places });
    }

    // Returns the vCPUs with open ports whose control block is not known.
    private static int[] FindMissing(GuestInspection guest, IReadOnlyList<LocatedControlBlock> blocks) =>
        [
            .. (guest.Ports?.Bound ?? [])
                .Where(port => port.State is not (null or ChannelState.Closed or ChannelState.Unbound))
                .Select(port => port.Vcpu)
                .Distinct()
                .Except(blocks.Select(block => block.Vcpu))
                .Order(),
        ];

    private (LocatedEventArray? Array, XenException? WhyNot) ReadRecordedArray(ushort domId)
    {
        var array = target.ReadEventArray(domId, out var whyNot);
        return (options.Source, array?.Source) switch
        {
            (ChannelSource.Kernel, StateSource.GuestMemory) => (null, null),
            (ChannelSource.GuestMemory, StateSource.Kernel) => (
                null,
                ScanCache.NotLocated(
                    domId,
                    $"The channels of domain {domId} were read in its own kernel, not by a search of its memory",
                    "use source Kernel, or omit the source")),
            _ => (array, whyNot),
        };
    }

    // Determines whether the located pages contain the words of all ports in use. The guest adds a page to its event array when it uses
    // more ports, so a page can be missing among the cached ones.
    private static bool IsWhole(GuestInspection guest, LocatedEventArray reading) =>
        guest.Ports?.Bound.All(port => !port.IsBound || reading.Pages.Any(page => page.Index == port.Port / EventWord.PerPage)) == true;

    /// <summary>
    /// Reads the vCPU records (<c>vcpu_info</c>) that guests have registered outside their shared pages. All guests whose records are not
    /// known yet are sampled at the same time.
    /// </summary>
    /// <returns>For each guest, in order, its records and the reason why others are not known.</returns>
    public IReadOnlyList<(IReadOnlyList<LocatedVcpuInfo> Records, XenException? WhyNot)> ReadVcpuRecords(
        IReadOnlyList<GuestInspection> guests,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(guests);
        var results = new (IReadOnlyList<LocatedVcpuInfo> Records, XenException? WhyNot)[guests.Count];
        var watches = new VcpuInfoTracker?[guests.Count];
        for (var at = 0; at < guests.Count; at++) results[at] = Begin(guests[at], cancellation, out watches[at]);
        Watch(guests, watches, cancellation);
        for (var at = 0; at < guests.Count; at++)
        {
            if (watches[at] is { } watch) results[at] = End(guests[at], watch);
        }
        return results;
    }

    private (IReadOnlyList<LocatedVcpuInfo> Records, XenException? WhyNot) Begin(
        GuestInspection guest,
        CancellationToken cancellation,
        out VcpuInfoTracker? watch)
    {
        watch = null;
        var domId = guest.Domain.DomId;
        if (target.HasLocations) return (target.ReadVcpuRecords(domId, out var whyNotFound), whyNotFound);
        if (domId == OwnKernel.DomId && _kernel is not null) return _kernel.ReadVcpuRecords(guest);
        if (options.Source == ChannelSource.Kernel) return ([], null);
        if (_inferred is not null) return _inferred.FindVcpuRecords(guest, cancellation);
        if (VcpuInfoLocator.Relocated(guest).Count == 0) return ([], null);
        try
        {
            if (target.Memory is { } memory && memory.OwnDomId != domId && guest.Latest is { } sample)
            {
                if (ScanCache.RecordPattern(guest) is not { } pattern)
                    return (
                        [],
                        ScanCache.NotLocated(
                            domId,
                            $"No slot of the shared page of domain {domId} was ever filled, so there is no clock that identifies its "
                                + $"vCPUs' records",
                            "try again when its vCPUs have run"));
                var remembered = Find(guest);
                IReadOnlyList<LocatedVcpuInfo> readings = [];
                if (remembered is { VcpuRecords: { } known }
                    && new VcpuInfoLocator(target, memory).Read(domId, pattern, known, out var locations) is { } again)
                {
                    Remember(guest, location => location with { VcpuRecords = locations });
                    readings = again;
                }
                // If the record of an online vCPU is not known, the memory is searched again: a search does not identify the record of a
                // vCPU that does not run meanwhile. After a recent search, this is done only if that search found records and none of them
                // is valid now.
                if (VcpuInfoLocator.Relocated(guest).All(vcpu => !IsOnline(sample, vcpu) || readings.Any(record => record.Vcpu == vcpu)))
                    return (readings, null);
                if (IsRecent(remembered?.RecordsSearchedAt) && (remembered!.VcpuRecords is null || readings.Count > 0))
                    return (
                        readings,
                        ScanCache.NotLocated(
                            domId,
                            $"The memory of domain {domId} was searched a short time ago, and not every vCPU's record was found",
                            "search again with source GuestMemory while its vCPUs run"));
            }
            var (scan, whyNot) = _scans.Run(guest, cancellation);
            if (scan is null) return ([], whyNot);
            if (scan.IsFlooded) return ([], ScanCache.Flooded(domId, scan));
            watch = VcpuInfoLocator.Prepare(guest, scan.Records);
            return ([], null);
        }
        catch (XenException error) when (!error.IsFatal)
        {
            return ([], error);
        }
    }

    // Determines whether a search was a short time ago. If the clock has been set back since the search, the age would be negative. Then
    // the search does not count as recent.
    private bool IsRecent(DateTimeOffset? searchedAt) =>
        !options.SearchAgain
        && TimeProvider.System.GetUtcNow() - searchedAt is { } since
        && since >= TimeSpan.Zero
        && since < s_negativeCacheDuration;

    private static bool IsOnline(DomainSample sample, int vcpu) => sample.Vcpus.Any(reading => reading.Vcpu == vcpu && reading.Online);

    private void Watch(IReadOnlyList<GuestInspection> guests, VcpuInfoTracker?[] watches, CancellationToken cancellation)
    {
        if (target.Memory is not { } memory) return;
        var locator = new VcpuInfoLocator(target, memory);
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var isWatching = false;
            for (var at = 0; at < watches.Length; at++)
            {
                if (watches[at] is not { IsDecided: false } watch) continue;
                locator.TakeSample(guests[at].Domain.DomId, watch);
                isWatching |=
                    !watch.IsDecided && guests[at].Domain.State is DomainState.Running or DomainState.Blocked or DomainState.Runnable;
            }
            if (!isWatching || TimeProvider.System.GetElapsedTime(start) >= options.Timeout) return;
            TimeProvider.System.Wait(s_step, cancellation);
        }
    }

    private (IReadOnlyList<LocatedVcpuInfo> Records, XenException? WhyNot) End(GuestInspection guest, VcpuInfoTracker watch)
    {
        var locations = VcpuInfoLocator.Locations(watch);
        Remember(guest, location =>
            location with
            {
                VcpuRecords = locations.Count > 0 ? [.. locations, .. Others(location.VcpuRecords ?? [], locations)] : location.VcpuRecords,
                RecordsSearchedAt = TimeProvider.System.GetUtcNow(),
            });
        var records = locations
            .Select(location => new LocatedVcpuInfo(
                location.Vcpu,
                location.Pfn,
                location.Frame,
                location.Offset,
                location.SeenAt,
                watch.Latest!.Records[
                    watch.Places.ToList().FindIndex(place => place.Frame == location.Frame && place.Offset == location.Offset)
                ],
                IsUnstable: false,
                location.Evidence))
            .ToArray();
        return (records, watch.IsDecided && watch.Places.Count > 0 ? null : WhyUndecided(guest, watch));
    }

    // Returns the cached records whose vCPU and place are not among those found now. They stay in the cache: they can still be valid, and
    // each is verified before it is used.
    private static IEnumerable<VcpuInfoLocation> Others(IReadOnlyList<VcpuInfoLocation> before, IReadOnlyList<VcpuInfoLocation> now) =>
        before.Where(old => now.All(location => location.Vcpu != old.Vcpu && (location.Frame, location.Offset) != (old.Frame, old.Offset)));

    private static XenException WhyUndecided(GuestInspection guest, VcpuInfoTracker watch)
    {
        var domId = guest.Domain.DomId;
        var moving = watch.Moving().Count;
        var why =
            watch.Places.Count == 0 ? $"Nothing in the memory of domain {domId} looks like a vCPU's record"
            : moving == 0 && guest.Domain.State == DomainState.Paused
                ? $"Domain {domId} is paused, so nothing shows which of {watch.Places.Count} places in its memory "
                    + $"are its vCPU records"
            : moving == 0
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"None of the {watch.Places.Count} places in the memory of domain {domId} that look like a vCPU's record changed "
                        + $"within {watch.Watched.TotalSeconds:0.#} s")
            : $"{moving} of the {watch.Places.Count} places in the memory of domain {domId} that look like vCPU records change, and it is "
                + $"not certain to which vCPU each belongs";
        return ScanCache.NotLocated(domId, why, "try again while its vCPUs run");
    }

    private GuestLocation? Find(GuestInspection guest)
    {
        var known = options.Remembered.Find(guest.Domain.DomId, guest.Domain.Uuid, target.Memory!.ReadStartTime(guest.Domain));
        if (known is null || known.Fingerprint == Fingerprint(guest)) return known;
        options.Remembered.Forget(guest.Domain.DomId);
        return null;
    }

    private void Remember(GuestInspection guest, Func<GuestLocation, GuestLocation> change) =>
        options.Remembered.Remember(
            change(
                Find(guest)
                    ?? new GuestLocation
                    {
                        DomId = guest.Domain.DomId,
                        Uuid = guest.Domain.Uuid ?? Guid.Empty,
                        StartTime = target.Memory!.ReadStartTime(guest.Domain),
                        Fingerprint = Fingerprint(guest),
                    }));

    // Returns a text that identifies the present kernel: the layout and frame of the shared page, and the clock in the slot of vCPU 0.
    // After a kernel has registered its vCPU records, this slot does not change until another kernel starts.
    private static string Fingerprint(GuestInspection guest)
    {
        if (guest is not { Latest: { } sample, Layout.Layout: { } layout }) return "";
        var slot = VcpuTimeContent.Decode(sample.Page.Span, layout.Vcpu);
        return string.Create(CultureInfo.InvariantCulture, $"{layout.Layout} {sample.Frame:x} {slot.Version} {slot.SystemTime}");
    }
}
