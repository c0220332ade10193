using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using XenShared.Hypervisor;

namespace XenShared.Native;

/// <summary>
/// Wraps libxenctrl (<c>tools/include/xenctrl.h</c>) with .NET types, and translates return codes into exceptions. It declares only
/// functions whose prototype has not changed since Xen 4.8, so one declaration fits every library.
/// </summary>
internal sealed unsafe partial class XenControl : IDisposable
{
    // Domain numbers from 0x7ff0 on (DOMID_FIRST_RESERVED) are not those of domains, but have special meanings such as "self".
    private const ushort FirstReservedDomId = 0x7ff0;

    // The flags of a domain (XEN_DOMINF_*).
    private const int DyingFlag = 1 << 0;
    private const int HvmFlag = 1 << 1;
    private const int ShutdownFlag = 1 << 2;
    private const int PausedFlag = 1 << 3;
    private const int BlockedFlag = 1 << 4;
    private const int RunningFlag = 1 << 5;

    // XEN_X86_EMU_PM, RTC, PIC, VGA and PIT: emulated devices of a PC. An HVM guest has them, and a PVH guest has none of them.
    private const uint PcDevices = 1 << 2 | 1 << 3 | 1 << 5 | 1 << 6 | 1 << 8;

    // The value that Xen reports as the highest vCPU number of a domain without vCPUs (XEN_INVALID_MAX_VCPU_ID).
    private const uint NoVcpu = uint.MaxValue;

    private readonly Handle _handle;
    private readonly bool _isX86;

    private XenControl(Handle handle, bool isX86)
    {
        _handle = handle;
        _isX86 = isX86;
        Version = ReadVersion();
    }

    /// <summary>Gets the version of the running hypervisor.</summary>
    public XenVersion Version { get; }

    /// <summary>Gets the open handle, which other classes of this folder use to call libxenctrl.</summary>
    public Handle Interface => _handle;

    /// <summary>Opens the control interface.</summary>
    /// <exception cref="XenException">Xen is missing or denies access.</exception>
    public static XenControl Open(bool isX86)
    {
        NativeLibraries.Require(
            NativeLibraries.Control,
            nameof(xc_interface_open),
            nameof(xc_interface_close),
            nameof(xc_domain_getinfolist),
            nameof(xc_domain_get_guest_width),
            nameof(xc_vcpu_getinfo),
            nameof(xc_evtchn_status),
            nameof(xc_version));
        var handle = new Handle(xc_interface_open(NativeLibraries.SilentLogger, NativeLibraries.SilentLogger, 0));
        if (handle.IsInvalid)
        {
            var errno = Marshal.GetLastPInvokeError();
            handle.Dispose();
            throw XenErrorMap.OpenFailed(nameof(xc_interface_open), errno);
        }
        try
        {
            return new XenControl(handle, isX86);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Returns the first domain whose number is <paramref name="from"/> or higher; null if there is none.</summary>
    /// <param name="from">The lowest number.</param>
    /// <param name="requested">The domain that the caller requested, for error messages; null if it accepts any domain.</param>
    public DomainInfo? ReadDomainFrom(uint from, ushort? requested = null)
    {
        if (from >= FirstReservedDomId || !TryReadRecord(from, requested, out var record)) return null;
        // A reserved number such as DOMID_SELF stands for another domain in later calls, so a domain with such a number is not returned.
        if (record.DomId < from || record.DomId >= FirstReservedDomId) return null;
        var domain = ToDomainInfo(record, Version, _isX86);
        return domain.Type == DomainType.PV ? domain with { PvWidth = ReadPvWidth(domain.DomId) } : domain;
    }

    /// <summary>Returns the number of a domain's pages that are paged out.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.DomainVanished"/>, and errors of the call.</exception>
    public ulong ReadPagedPages(ushort domId) =>
        TryReadRecord(domId, domId, out var record) && record.DomId == domId ? record.PagedPages : throw XenErrorMap.Vanished(domId);

    /// <summary>
    /// Returns the run states of a domain's vCPUs from 0 to <paramref name="highest"/>; empty if it is null. A vCPU whose state cannot be
    /// read is left out.
    /// </summary>
    public IReadOnlyList<VcpuRunState> ReadVcpus(ushort domId, int? highest)
    {
        var vcpus = new List<VcpuRunState>();
        for (var vcpu = 0; vcpu <= highest; vcpu++)
        {
            VcpuInfoNative info = default;
            // The return code shows whether the values are valid. The structure itself does not, because the library fills it even if the
            // call fails.
            if (xc_vcpu_getinfo(_handle, domId, (uint)vcpu, &info) == 0)
                vcpus.Add(new VcpuRunState(vcpu, info.Online != 0, info.Blocked != 0, info.Running != 0, info.CpuTime));
            else
                ThrowIfMismatched(nameof(xc_vcpu_getinfo), domId);
        }
        return vcpus;
    }

    /// <summary>
    /// Reads the data about the TSC of a domain. Xen pauses the domain during the call, and rejects the call for the caller's own domain.
    /// </summary>
    /// <exception cref="XenException">The library does not have this function, or the call failed.</exception>
    public TscInfo ReadTscInfo(ushort domId)
    {
        // Only the TSC mode needs this function. So a library without it can be used for everything else, and only this call fails.
        if (!NativeLibraries.Has(NativeLibraries.Control, nameof(xc_domain_get_tsc_info)))
            throw XenErrorMap.NoFunction(nameof(xc_domain_get_tsc_info), "TSC mode", domId);
        uint mode, kiloHertz, incarnation;
        ulong elapsed;
        return xc_domain_get_tsc_info(_handle, domId, &mode, &elapsed, &kiloHertz, &incarnation) == 0
            ? new TscInfo(mode, elapsed, kiloHertz, incarnation)
            : throw DomainError(nameof(xc_domain_get_tsc_info), domId);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    // Reads the record of the first domain whose number is at least the parameter from. Returns false if there is none. Only one record is
    // read per call, because its size depends on the version of Xen: a second record would be at an unknown offset.
    private bool TryReadRecord(uint from, ushort? requested, out DomainInfoRecord record)
    {
        record = default;
        int count;
        fixed (DomainInfoRecord* buffer = &record) count = xc_domain_getinfolist(_handle, from, 1, buffer);
        return count >= 0 ? count > 0 : throw DomainError(nameof(xc_domain_getinfolist), requested);
    }

    internal static DomainInfo ToDomainInfo(in DomainInfoRecord record, XenVersion version, bool isX86)
    {
        var domId = record.DomId;
        var error = record.TotalPages > DomainInfo.MaximumPages ? Impossible("number of pages", record.TotalPages)
            : record.OnlineVcpus > DomainInfo.MaximumVcpus ? Impossible("number of online vCPUs", record.OnlineVcpus)
            : record.MaxVcpuId is >= DomainInfo.MaximumVcpus and not NoVcpu ? Impossible("highest vCPU", record.MaxVcpuId)
            : null;
        return new DomainInfo
        {
            DomId = domId,
            Uuid = new Guid(record.Handle, bigEndian: true),
            Type = ToType(record, version, isX86),
            State = ToState(record.Flags),
            ShutdownReason = ToShutdownReason(record.Flags),
            SharedInfoFrame = record.SharedInfoFrame == ulong.MaxValue ? null : record.SharedInfoFrame,
            CpuTimeNanoseconds = record.CpuTime,
            // If one of the three numbers is impossible, error is set. Then the whole record is unreliable, so all three are null.
            TotalPages = error is null ? record.TotalPages : null,
            OnlineVcpus = error is null ? (int)record.OnlineVcpus : null,
            MaxVcpuId = error is null && record.MaxVcpuId != NoVcpu ? (int)record.MaxVcpuId : null,
            InfoError = error,
        };

        XenException Impossible(string what, ulong number) =>
            XenErrorMap.ImpossibleNumber(nameof(xc_domain_getinfolist), domId, what, number);
    }

    private static DomainType? ToType(in DomainInfoRecord record, XenVersion version, bool isX86)
    {
        if (!isX86) return DomainType.PVH;
        if ((record.Flags & HvmFlag) == 0) return DomainType.PV;
        // Xen reports the emulated devices since 4.10. In 4.16 their offset changed, because gpaddr_bits was inserted before them.
        if (version is { Major: 4, Minor: < 10 }) return null;
        var emulated = version is { Major: 4, Minor: < 16 } ? record.EmulationFlagsBefore416 : record.EmulationFlags;
        return (emulated & PcDevices) != 0 ? DomainType.HVM : DomainType.PVH;
    }

    private static DomainState ToState(uint flags) => flags switch
    {
        _ when (flags & DyingFlag) != 0 => DomainState.Dying,
        _ when (flags & ShutdownFlag) != 0 => ToShutdownReason(flags) switch
        {
            ShutdownReason.Suspend => DomainState.Suspended,
            ShutdownReason.Crash or ShutdownReason.Watchdog => DomainState.Crashed,
            _ => DomainState.Shutdown,
        },
        _ when (flags & PausedFlag) != 0 => DomainState.Paused,
        _ when (flags & RunningFlag) != 0 => DomainState.Running,
        _ when (flags & BlockedFlag) != 0 => DomainState.Blocked,
        _ => DomainState.Runnable,
    };

    // Returns the reason of a shutdown; null if the domain has not shut down. The reason is in bits 16 to 23 (XEN_DOMINF_shutdownmask),
    // which are valid only if the shutdown flag is set. The members of the enumeration have Xen's numbers.
    private static ShutdownReason? ToShutdownReason(uint flags) =>
        (flags & ShutdownFlag) != 0 && (ShutdownReason)(flags >> 16 & 0xff) is var reason && Enum.IsDefined(reason) ? reason : null;

    // Returns the width of a PV guest in bits; null if it is not known. If the call fails, it returns 1 instead of -1, so only 0 is
    // success. Do not use it for other guests: for them it returns a wrong width (up to Xen 4.11) or fails.
    private int? ReadPvWidth(ushort domId)
    {
        if (xc_domain_get_guest_width(_handle, domId, out var bytes) == 0 && bytes is 4 or 8) return (int)bytes * 8;
        ThrowIfMismatched(nameof(xc_domain_get_guest_width), domId);
        return null;
    }

    // Throws an error if Xen refused the call because the library belongs to another version of Xen. Such a library may still be able to
    // list domains: in Xen 4.17 to 4.20 the interface for the list (sysctl) has one version, but the interface for calls about one domain
    // (domctl) has three. Other errors are ignored.
    private void ThrowIfMismatched(string operation, ushort domId)
    {
        if (Marshal.GetLastPInvokeError() == Errno.EACCES && !VersionsAgree(operation)) throw DomainError(operation, domId);
    }

    private bool VersionsAgree(string operation) =>
        NativeLibraries.ControlVersion() is { } library && InterfaceVersions.Agree(operation, library, (Version.Major, Version.Minor));

    private XenVersion ReadVersion()
    {
        var version = xc_version(_handle, 0, null);
        if (version < 0) throw XenErrorMap.OpenFailed(nameof(xc_version), Marshal.GetLastPInvokeError());
        var extra = stackalloc byte[17];
        new Span<byte>(extra, 17).Clear();
        var known = xc_version(_handle, 1, extra) >= 0;
        var text = new ReadOnlySpan<byte>(extra, 16);
        var end = text.IndexOf((byte)0);
        return new XenVersion(version >> 16, version & 0xffff, known ? Encoding.ASCII.GetString(end < 0 ? text : text[..end]) : "");
    }

    /// <summary>Creates the error of a call about a domain from the errno of the last call, which must have failed.</summary>
    internal XenException DomainError(string operation, ushort? domId) =>
        XenErrorMap.DomainCall(operation, Marshal.GetLastPInvokeError(), domId, VersionsAgree(operation));

    /// <summary>Creates the error of a call about Xen's console from the errno of the last call, which must have failed.</summary>
    internal XenException ConsoleError(string operation) =>
        XenErrorMap.ConsoleCall(operation, Marshal.GetLastPInvokeError(), VersionsAgree(operation));

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial nint xc_interface_open(nint logger, nint dombuildLogger, uint flags);

    [LibraryImport(NativeLibraries.Control)]
    internal static partial int xc_interface_close(nint xch);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_domain_getinfolist(Handle xch, uint firstDomain, uint maxDomains, DomainInfoRecord* info);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_domain_get_guest_width(Handle xch, uint domid, out uint guestWidth);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_vcpu_getinfo(Handle xch, uint domid, uint vcpu, VcpuInfoNative* info);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_vcpu_getcontext(Handle xch, uint domid, uint vcpu, void* context);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_domain_hvm_getcontext_partial(
        Handle xch,
        uint domid,
        ushort typecode,
        ushort instance,
        void* buffer,
        uint size);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_hvm_param_get(Handle xch, uint dom, uint parameter, ulong* value);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_evtchn_status(Handle xch, EventChannelStatusNative* status);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_version(Handle xch, int command, void* argument);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_domain_maximum_gpfn(Handle xch, uint domid, ulong* gpfns);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_get_pfn_type_batch(Handle xch, uint dom, uint num, ulong* types);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_domain_get_pod_target(
        Handle xch,
        uint domid,
        ulong* totalPages,
        ulong* cachePages,
        ulong* entries);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_domain_get_tsc_info(
        Handle xch,
        uint domid,
        uint* mode,
        ulong* elapsedNanoseconds,
        uint* kiloHertz,
        uint* incarnation);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_send_debug_keys(Handle xch, byte* keys);

    [LibraryImport(NativeLibraries.Control, SetLastError = true)]
    internal static partial int xc_readconsolering(
        Handle xch,
        byte* buffer,
        uint* count,
        int clear,
        int incremental,
        uint* index);

    /// <summary>Represents an <c>xc_interface *</c>.</summary>
    internal sealed class Handle : SafeHandleZeroOrMinusOneIsInvalid
    {
        public Handle(nint handle)
            : base(ownsHandle: true) => SetHandle(handle);

        protected override bool ReleaseHandle() => xc_interface_close(handle) == 0;
    }

    /// <summary>
    /// Represents <c>xc_domaininfo_t</c>. Up to <c>cpupool</c> its offsets are the same in every Xen from 4.8 on; later offsets depend on
    /// the version. The size is larger than in any version (96 to 120 bytes), so that a newer library cannot write beyond it.
    /// </summary>
    [StructLayout(LayoutKind.Explicit, Size = 1024)]
    internal struct DomainInfoRecord
    {
        [FieldOffset(0)] public ushort DomId;
        [FieldOffset(4)] public uint Flags;
        [FieldOffset(8)] public ulong TotalPages;
        [FieldOffset(40)] public ulong PagedPages;
        [FieldOffset(48)] public ulong SharedInfoFrame;
        [FieldOffset(56)] public ulong CpuTime;
        [FieldOffset(64)] public uint OnlineVcpus;
        [FieldOffset(68)] public uint MaxVcpuId;
        [FieldOffset(76)] public HandleBytes Handle;
        [FieldOffset(96)] public uint EmulationFlagsBefore416;
        [FieldOffset(104)] public uint EmulationFlags;
    }

    /// <summary>Represents <c>xen_domain_handle_t</c>.</summary>
    [InlineArray(16)]
    internal struct HandleBytes
    {
        private byte _first;
    }
}
