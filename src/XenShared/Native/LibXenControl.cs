using System.Runtime.InteropServices;

namespace XenShared.Native;

/// <summary>
/// Declares functions of libxenctrl (<c>tools/include/xenctrl.h</c>): only those whose prototype is the same since Xen 4.8.
/// </summary>
internal static unsafe partial class LibXenControl
{
    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial nint xc_interface_open(nint logger, nint dombuildLogger, uint flags);

    [LibraryImport(NativeLibraries.Control)]
    internal static partial int xc_interface_close(nint xch);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_domain_getinfolist(XenControlHandle xch, uint firstDomain, uint maxDomains, byte* info);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_domain_get_guest_width(XenControlHandle xch, uint domid, out uint guestWidth);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_vcpu_getinfo(XenControlHandle xch, uint domid, uint vcpu, VcpuInfoNative* info);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_evtchn_status(XenControlHandle xch, EventChannelStatusNative* status);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_version(XenControlHandle xch, int command, void* argument);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_domain_maximum_gpfn(XenControlHandle xch, uint domid, ulong* gpfns);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_get_pfn_type_batch(XenControlHandle xch, uint dom, uint num, ulong* types);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_domain_get_pod_target(
        XenControlHandle xch,
        uint domid,
        ulong* totalPages,
        ulong* cachePages,
        ulong* entries);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_send_debug_keys(XenControlHandle xch, byte* keys);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_readconsolering(
        XenControlHandle xch,
        byte* buffer,
        uint* count,
        int clear,
        int incremental,
        uint* index);
}
