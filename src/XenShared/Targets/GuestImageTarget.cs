using XenShared.Files.Images;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Targets;

/// <summary>
/// Represents a guest in a file: a core dump, a saved guest or a single page. Port table, names and times are not known unless the file
/// contains them.
/// </summary>
public class GuestImageTarget : IXenDataSource
{
    private protected GuestImageTarget(GuestImage image, TargetKind kind, string displayName)
    {
        Image = image;
        Kind = kind;
        DisplayName = displayName;
    }

    /// <inheritdoc/>
    public string DisplayName { get; }

    /// <inheritdoc/>
    public TargetKind Kind { get; }

    /// <inheritdoc/>
    public HostInfo Host => Image.Host;

    /// <inheritdoc/>
    public bool IsLive => false;

    /// <inheritdoc/>
    public DateTimeOffset? TakenAt => null;

    /// <inheritdoc/>
    public virtual IGuestMemory? Memory => null;

    /// <summary>Gets the content of the file.</summary>
    private protected GuestImage Image { get; }

    /// <summary>Creates the data source of a file that contains only a shared page.</summary>
    public static GuestImageTarget FromPage(ReadOnlyMemory<byte> page, string displayName)
    {
        var slots = VcpuTimeContent.DecodeSlots(page.Span, SharedInfoLayout.X86_64);
        // The number of vCPUs is not known, so it is derived from the slots. Xen writes the clock of a slot while its vCPU runs, so the
        // last slot with a clock is that of the highest vCPU. Both x86 layouts have the slots at the same offsets.
        var highest = slots.Length - 1;
        while (highest >= 0 && slots[highest].Version == 0) highest--;
        var image = new GuestImage
        {
            Host = new HostInfo("", null, null),
            Domain = new DomainInfo { DomId = GuestImage.NoDomId, MaxVcpuId = highest < 0 ? null : highest },
            SharedInfo = page,
        };
        return new GuestImageTarget(image, TargetKind.Page, displayName);
    }

    /// <inheritdoc/>
    public IEnumerable<DomainInfo> ReadDomains() => [Image.Domain];

    /// <inheritdoc/>
    public DomainInfo ReadDomain(ushort domId)
    {
        Check(domId);
        return Image.Domain;
    }

    /// <inheritdoc/>
    public DomainSample ReadSample(ushort domId)
    {
        Check(domId);
        if (Image.SharedInfo is { } page)
            return new DomainSample(page) { Frame = Image.Domain.SharedInfoFrame };
        throw new XenException(
            XenErrorId.NotSupportedByHost,
            $"{DisplayName} does not contain the guest's shared page, since {Image.WhyNoSharedInfo}",
            "create a capture while the guest runs"
        )
        {
            DomId = domId,
        };
    }

    /// <inheritdoc/>
    public IReadOnlyList<DomainSample> ReadSamples(DomainInfo domain, bool runStates = true)
    {
        ArgumentNullException.ThrowIfNull(domain);
        return Image.SharedInfo is null ? [] : [ReadSample(domain.DomId)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<VcpuContext> ReadVcpuContexts(DomainInfo domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        Check(domain.DomId);
        return Image.Contexts;
    }

    /// <inheritdoc/>
    public PortTable ReadPorts(ushort domId)
    {
        Check(domId);
        return new PortTable(0, []) { Listing = PortTableCompleteness.Inferred };
    }

    /// <inheritdoc/>
    public string? ReadName(ushort domId) => domId == Image.Domain.DomId ? Image.Name : null;

    /// <inheritdoc/>
    public WallClockContent? ReadHostClock(DomainSample? sample = null) => null;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ReadDeviceNodes(ushort domId) => Image.DeviceNodes;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the file.</summary>
    protected virtual void Dispose(bool disposing)
    {
        // Nothing to close: this class has no open file. A derived class can have one.
    }

    /// <summary>Checks that the domain number is that of the guest.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.DomainNotFound"/>: it is not.</exception>
    private protected void Check(ushort domId)
    {
        if (domId == Image.Domain.DomId)
            return;
        throw new XenException(
            XenErrorId.DomainNotFound,
            $"There is no domain {domId} in {DisplayName}: it contains one guest, without its number",
            "omit the number")
        {
            DomId = domId,
        };
    }
}
