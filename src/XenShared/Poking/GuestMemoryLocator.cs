using XenShared.Guests.Deduction;
using XenShared.Guests.Locating;
using XenShared.Guests.Memory;
using XenShared.Layout;
using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>
/// Locates event words and <c>vcpu_info</c> structures by searching guest memory. A place that an earlier search found is verified in the
/// present memory at each request, so the checks before and during a write do not rely on an old result.
/// </summary>
public sealed class GuestMemoryLocator(IXenDataSource target, CancellationToken cancellation = default) : IPokeLocator
{
    /// <summary>Gets the options for the search.</summary>
    public LocatorOptions Options { get; init; } = new();

    /// <inheritdoc/>
    public GuestAddress? FindEventWord(GuestInspection guest, uint port)
    {
        ArgumentNullException.ThrowIfNull(guest);
        var locator = new GuestLocator(target, Options with { Source = ChannelSource.GuestMemory, EventArrays = true });
        var page = locator.ReadEventArray(guest, cancellation).Array?.Pages.FirstOrDefault(page => page.Index == port / EventWord.PerPage);
        return page is null ? null : new GuestAddress(page.Pfn, page.Frame, (int)(port % EventWord.PerPage) * sizeof(uint));
    }

    /// <inheritdoc/>
    public GuestAddress? FindVcpuRecord(GuestInspection guest, int vcpu)
    {
        ArgumentNullException.ThrowIfNull(guest);
        var locator = new GuestLocator(target, Options with { Source = ChannelSource.GuestMemory, VcpuRecords = true });
        var record = locator.ReadVcpuRecords([guest], cancellation)[0].Records.FirstOrDefault(record => record.Vcpu == vcpu);
        return record is null ? null : new GuestAddress(record.Pfn, record.Frame, record.Offset);
    }
}
