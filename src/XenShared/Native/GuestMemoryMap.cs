using System.Runtime.InteropServices;
using XenShared.Hypervisor;

namespace XenShared.Native;

/// <summary>
/// Reads facts about a guest's memory: the highest frame, the frames that have no memory, and the pages that mapping would change.
/// </summary>
internal sealed unsafe class GuestMemoryMap(XenControl control)
{
    /// <summary>The maximum number of frames per call, which is also Xen's limit (<c>GETPAGEFRAMEINFO3</c>).</summary>
    public const int FramesPerCall = 1024;

    // TypeMask selects the bits that hold the type of a frame. NothingThere is the type of a frame without memory (XEN_DOMCTL_PFINFO_XTAB
    // in public/domctl.h).
    private const ulong TypeMask = 0xf0000000;
    private const ulong NothingThere = 0xf0000000;

    /// <summary>Returns the highest frame number in use by an HVM or PVH guest.</summary>
    public ulong HighestFrame(ushort domId)
    {
        // Only a search of guest memory needs this function. So a library without it can be used, but guest memory cannot be searched.
        if (!NativeLibraries.Has(NativeLibraries.Control, nameof(XenControl.xc_domain_maximum_gpfn)))
            throw XenErrorMap.NoFunction(nameof(XenControl.xc_domain_maximum_gpfn), "size of the memory", domId);
        ulong highest;
        return XenControl.xc_domain_maximum_gpfn(control.Interface, domId, &highest) >= 0
            ? highest
            : throw control.DomainError(nameof(XenControl.xc_domain_maximum_gpfn), domId);
    }

    /// <summary>
    /// Determines for each frame from <paramref name="first"/> on whether it has memory. Returns false if library or hypervisor do not
    /// support this, so the caller must try to map every frame.
    /// </summary>
    public bool TryFindMemory(ushort domId, ulong first, Span<bool> hasMemory)
    {
        if (!NativeLibraries.Has(NativeLibraries.Control, nameof(XenControl.xc_get_pfn_type_batch))) return false;
        var types = stackalloc ulong[FramesPerCall];
        for (var start = 0; start < hasMemory.Length; start += FramesPerCall)
        {
            var count = Math.Min(FramesPerCall, hasMemory.Length - start);
            for (var index = 0; index < count; index++) types[index] = first + (ulong)(start + index);
            if (XenControl.xc_get_pfn_type_batch(control.Interface, domId, (uint)count, types) != 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                return errno is Errno.ENOSYS or Errno.EOPNOTSUPP or Errno.EINVAL
                    ? false
                    : throw control.DomainError(nameof(XenControl.xc_get_pfn_type_batch), domId);
            }
            for (var index = 0; index < count; index++) hasMemory[start + index] = (types[index] & TypeMask) != NothingThere;
        }
        return true;
    }

    /// <summary>Counts the pages of a guest that have no memory at present, and that Xen would give memory if they were mapped.</summary>
    public MemoryHazards ReadHazards(ushort domId, bool isTranslated)
    {
        var paged = control.ReadPagedPages(domId);
        // PV guests have no pages that are populated on demand, and Xen refuses this call for them.
        return new MemoryHazards(isTranslated ? ReadPopulateOnDemandPages(domId) : 0, paged);
    }

    // Returns the number of pages that are populated on demand; null if it cannot be read. The caller treats null as a risk, because a
    // search that maps such pages can end the guest.
    private ulong? ReadPopulateOnDemandPages(ushort domId)
    {
        if (!NativeLibraries.Has(NativeLibraries.Control, nameof(XenControl.xc_domain_get_pod_target))) return null;
        ulong total, cache, entries;
        if (XenControl.xc_domain_get_pod_target(control.Interface, domId, &total, &cache, &entries) == 0) return entries;
        return Marshal.GetLastPInvokeError() switch
        {
            // These errnos mean that the hypervisor does not have the call. Then it has no pages that are populated on demand either.
            Errno.ENOSYS or Errno.EOPNOTSUPP => 0,
            Errno.ESRCH => throw control.DomainError(nameof(XenControl.xc_domain_get_pod_target), domId),
            _ => null,
        };
    }
}
