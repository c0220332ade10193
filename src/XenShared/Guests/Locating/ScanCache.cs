using System.Globalization;
using XenShared.Guests.Deduction;
using XenShared.Guests.Memory;
using XenShared.Layout;
using XenShared.Targets;

namespace XenShared.Guests.Locating;

/// <summary>
/// Searches the memory of each guest once, and keeps the result. If a search is not possible, or is not safe for the guest, the result is
/// the reason.
/// </summary>
internal sealed class ScanCache(IXenDataSource target, LocatorOptions options)
{
    private const string UseHypervisor = "read its channels from Xen (source Hypervisor)";

    private readonly Dictionary<ushort, (GuestMemoryScanner? Scan, XenException? WhyNot)> _done = [];

    /// <summary>Searches the memory of a guest, or returns the cached result.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="cancellation">Cancels the search.</param>
    /// <returns>The search, or why the memory could not be searched.</returns>
    public (GuestMemoryScanner? Scan, XenException? WhyNot) Run(GuestInspection guest, CancellationToken cancellation)
    {
        if (!_done.TryGetValue(guest.Domain.DomId, out var done))
        {
            try
            {
                done = WhyNot(guest) is { } reason ? (null, reason) : (Search(guest, cancellation), null);
            }
            catch (XenException error) when (!error.IsFatal)
            {
                done = (null, error);
            }
            _done[guest.Domain.DomId] = done;
        }
        return done;
    }

    private XenException? WhyNot(GuestInspection guest)
    {
        var domId = guest.Domain.DomId;
        if (target.Memory is not { } memory)
            return NotLocated(
                domId,
                $"{target.DisplayName} contains neither the memory of domain {domId} nor the results of a search of it",
                "create a new capture on the host");
        if (memory.OwnDomId == domId)
            return NotLocated(
                domId,
                $"Domain {domId} is the one in which this program runs, and its memory is full of copies of the searched data",
                UseHypervisor);
        if (guest.Latest is null || guest.Layout.Layout is null)
            return NotLocated(
                domId,
                $"The shared page of domain {domId} or its layout is not known, and nothing else identifies its records and channels",
                UseHypervisor);
        var hazards = memory.ReadHazards(domId, isTranslated: guest.Domain.Type != DomainType.PV);
        var onDemand = hazards.PopulateOnDemandPages?.ToString(CultureInfo.InvariantCulture) ?? "an unknown number of";
        return hazards.IsNone || options.Force
            ? null
            : new XenException(
                XenErrorId.ScanRefused,
                // Xen ends the guest if no memory is left for a page that is populated on demand (xen/arch/x86/mm/p2m-pod.c).
                $"Domain {domId} has {onDemand} pages to be populated on demand and {hazards.PagedOutPages} paged out: a search makes Xen "
                    + $"populate them, and Xen ends the domain if no memory is left for them",
                $"use force to search it anyway, or {UseHypervisor}")
            {
                DomId = domId,
            };
    }

    private GuestMemoryScanner Search(GuestInspection guest, CancellationToken cancellation)
    {
        var memory = target.Memory!;
        var domId = guest.Domain.DomId;
        var frames = Frames(guest, memory);
        var array = options.EventArrays && guest.Ports is { } ports ? new EventArrayPattern(ports) : null;
        var record = options.VcpuRecords ? RecordPattern(guest) : null;
        var block = options.ControlBlocks && guest.Ports is { } open ? new ControlBlockPattern(open) : null;
        Action<ulong, TimeSpan>? progress = options.Progress is { } report
            ? (done, elapsed) => report(new ScanProgress(domId, guest.Name, done, frames.Count, elapsed))
            : null;
        return GuestMemoryScanner.Run(memory, domId, frames, array, record, block, progress, cancellation);
    }

    /// <summary>
    /// Returns the pattern of a guest's vCPU records; null if no slot of its shared page was ever filled, so that there is no clock to
    /// compare with.
    /// </summary>
    public static VcpuInfoPattern? RecordPattern(GuestInspection guest) =>
        guest is { Latest: { } sample, Layout.Layout: { } layout }
            ? VcpuInfoPattern.FromSlots(VcpuTimeContent.DecodeSlots(sample.Page.Span, layout))
            : null;

    private static IFrameList Frames(GuestInspection guest, IGuestMemory memory)
    {
        var domain = guest.Domain;
        if (domain.Type != DomainType.PV) return new TranslatedFrames(memory, domain.DomId);
        var layout = guest.Layout.Layout!;
        if (layout.Layout != GuestLayout.X86_64)
            throw NotLocated(
                domain.DomId,
                $"Domain {domain.DomId} is a 32-bit PV guest, whose P2M table this program does not read",
                UseHypervisor);
        var arch = ArchInfoContent.Decode(guest.Latest!.Page.Span, layout);
        return P2mTable.Open(memory, domain.DomId, domain.TotalPages, arch)
            ?? throw NotLocated(
                domain.DomId,
                $"The shared page of domain {domain.DomId} does not contain the address of its P2M table, so its memory cannot be read",
                UseHypervisor);
    }

    /// <summary>Creates the error of a search that stopped because too many places match.</summary>
    public static XenException Flooded(ushort domId, GuestMemoryScanner scan, string advice = UseHypervisor) =>
        NotLocated(
            domId,
            $"The search of the memory of domain {domId} was stopped after {scan.Frames} frames, because "
                + $"{Math.Max(scan.Pages.Count, scan.Records.Count)} places match the search",
            advice);

    /// <summary>Creates an error with the reason why something is not known, and the recommended action.</summary>
    public static XenException NotLocated(ushort domId, string why, string advice) =>
        new(XenErrorId.EventStateUnknown, $"{why}", advice)
        {
            DomId = domId,
        };
}
