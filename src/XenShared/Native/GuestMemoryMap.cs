using System.Runtime.InteropServices;
using XenShared.Hypervisor;

namespace XenShared.Native;

/// <summary>Reads facts about a guest's memory as a whole: its highest frame, its holes, and the pages that mapping would change.</summary>
internal sealed unsafe class GuestMemoryMap(XenControl control)
{
    /// <summary>The number of frames per call; Xen's limit (<c>GETPAGEFRAMEINFO3</c>) is the same.</summary>
    public const int FramesPerCall = 1024;

    // XEN_DOMCTL_PFINFO_XTAB: the frame has no memory (public/domctl.h).
    private const ulong TypeMask = 0xf0000000;
    private const ulong NothingThere = 0xf0000000;

    /// <summary>Returns the highest used frame number of a guest with translated frame numbers.</summary>
    public ulong HighestFrame(ushort domId)
    {
        // Without this function, only the memory of this guest cannot be read.
        if (!NativeLibraries.Has(NativeLibraries.Control, nameof(XenControl.xc_domain_maximum_gpfn)))
            throw XenErrorMap.NoFunction(nameof(XenControl.xc_domain_maximum_gpfn), "size of the memory", domId);
        ulong highest;
        return XenControl.xc_domain_maximum_gpfn(control.Interface, domId, &highest) >= 0
            ? highest
            : throw control.DomainError(nameof(XenControl.xc_domain_maximum_gpfn), domId);
    }

    /// <summary>
    /// Determines which of the frames from <paramref name="first"/> have memory. Returns false if the library does not support this; every
    /// frame must then be tried.
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

    /// <summary>Returns the memory of the guest that a read would change.</summary>
    public MemoryHazards ReadHazards(ushort domId, bool isTranslated)
    {
        var paged = control.ReadPagedPages(domId);
        ulong populateOnDemand = 0;
        // PV guests have no such memory, and Xen refuses the call.
        if (isTranslated && NativeLibraries.Has(NativeLibraries.Control, nameof(XenControl.xc_domain_get_pod_target)))
        {
            ulong total, cache, entries;
            if (XenControl.xc_domain_get_pod_target(control.Interface, domId, &total, &cache, &entries) == 0) populateOnDemand = entries;
        }
        return new MemoryHazards(populateOnDemand, paged);
    }
}
