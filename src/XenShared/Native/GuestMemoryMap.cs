using System.Runtime.InteropServices;
using XenShared.Hypervisor;

namespace XenShared.Native;

/// <summary>Reads facts about a guest's memory as a whole: its highest frame, its holes, and the pages that mapping would change.</summary>
internal sealed unsafe class GuestMemoryMap(XenControl control)
{
    /// <summary>Frames that one call is asked about; Xen's own limit (<c>GETPAGEFRAMEINFO3</c>) is the same.</summary>
    public const int FramesPerCall = 1024;

    // XEN_DOMCTL_PFINFO_XTAB: nothing there that could be mapped (public/domctl.h).
    private const ulong TypeMask = 0xf0000000;
    private const ulong NothingThere = 0xf0000000;

    /// <summary>Returns the highest guest frame number in use, of guests whose frames Xen translates.</summary>
    public ulong HighestFrame(ushort domId)
    {
        // Without it this guest's memory cannot be read, and all the rest can be done.
        if (!NativeLibraries.Has(NativeLibraries.Control, nameof(LibXenControl.xc_domain_maximum_gpfn)))
            throw XenErrorMap.NoMemoryMap(domId);
        ulong highest;
        return LibXenControl.xc_domain_maximum_gpfn(control.Handle, domId, &highest) >= 0
            ? highest
            : throw control.DomainError(nameof(LibXenControl.xc_domain_maximum_gpfn), domId);
    }

    /// <summary>
    /// Tells which of the frames from <paramref name="first"/> on have memory behind them. False: this library cannot tell, and every frame
    /// must be tried.
    /// </summary>
    public bool TryFindMemory(ushort domId, ulong first, Span<bool> hasMemory)
    {
        if (!NativeLibraries.Has(NativeLibraries.Control, nameof(LibXenControl.xc_get_pfn_type_batch))) return false;
        var types = stackalloc ulong[FramesPerCall];
        for (var start = 0; start < hasMemory.Length; start += FramesPerCall)
        {
            var count = Math.Min(FramesPerCall, hasMemory.Length - start);
            for (var index = 0; index < count; index++) types[index] = first + (ulong)(start + index);
            if (LibXenControl.xc_get_pfn_type_batch(control.Handle, domId, (uint)count, types) != 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                return errno is Errno.ENOSYS or Errno.EOPNOTSUPP or Errno.EINVAL
                    ? false
                    : throw control.DomainError(nameof(LibXenControl.xc_get_pfn_type_batch), domId);
            }
            for (var index = 0; index < count; index++) hasMemory[start + index] = (types[index] & TypeMask) != NothingThere;
        }
        return true;
    }

    /// <summary>Memory of the guest that looking at it would change.</summary>
    public MemoryHazards ReadHazards(ushort domId, bool isTranslated)
    {
        var paged = control.ReadPagedPages(domId);
        ulong populateOnDemand = 0;
        // PV guests have no such memory, and Xen refuses the question.
        if (isTranslated && NativeLibraries.Has(NativeLibraries.Control, nameof(LibXenControl.xc_domain_get_pod_target)))
        {
            ulong total, cache, entries;
            if (LibXenControl.xc_domain_get_pod_target(control.Handle, domId, &total, &cache, &entries) == 0) populateOnDemand = entries;
        }
        return new MemoryHazards(populateOnDemand, paged);
    }
}
