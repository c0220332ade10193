using System.Buffers.Binary;
using XenShared.Hypervisor;

namespace XenShared.Native;

/// <summary>
/// Reads <c>xc_domaininfo_t</c>. Up to <c>cpupool</c> its offsets are the same in every Xen from 4.8 on; later offsets depend on the
/// version.
/// </summary>
internal static class DomainInfoRecord
{
    /// <summary>Larger than the record of any version (96 to 120 bytes), so that a newer library cannot write beyond it.</summary>
    public const int BufferSize = 1024;

    private const int DyingFlag = 1 << 0;
    private const int HvmFlag = 1 << 1;
    private const int ShutdownFlag = 1 << 2;
    private const int PausedFlag = 1 << 3;
    private const int BlockedFlag = 1 << 4;
    private const int RunningFlag = 1 << 5;

    // XEN_X86_EMU_PM, RTC, PIC, VGA, PIT: devices of a PC, which a PVH guest never has.
    private const uint PcDevices = 1 << 2 | 1 << 3 | 1 << 5 | 1 << 6 | 1 << 8;

    private const uint NoVcpu = uint.MaxValue;

    private const string Operation = nameof(XenControl.xc_domain_getinfolist);

    public static ushort DomId(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt16LittleEndian(record);

    public static ulong PagedPages(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt64LittleEndian(record[40..]);

    public static DomainInfo Decode(ReadOnlySpan<byte> record, XenVersion version, bool isX86)
    {
        var domId = DomId(record);
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(record[4..]);
        var frame = BinaryPrimitives.ReadUInt64LittleEndian(record[48..]);
        var pages = BinaryPrimitives.ReadUInt64LittleEndian(record[8..]);
        var onlineVcpus = BinaryPrimitives.ReadUInt32LittleEndian(record[64..]);
        var highestVcpu = BinaryPrimitives.ReadUInt32LittleEndian(record[68..]);
        var error = pages > DomainInfo.MaximumPages ? Impossible("number of pages", pages)
            : onlineVcpus > DomainInfo.MaximumVcpus ? Impossible("number of online vCPUs", onlineVcpus)
            : highestVcpu is >= DomainInfo.MaximumVcpus and not NoVcpu ? Impossible("highest vCPU", highestVcpu)
            : null;
        return new DomainInfo
        {
            DomId = domId,
            Uuid = new Guid(record.Slice(76, 16), bigEndian: true),
            Type = Type(record, flags, version, isX86),
            State = State(flags),
            SharedInfoFrame = frame == ulong.MaxValue ? null : frame,
            CpuTimeNanoseconds = BinaryPrimitives.ReadUInt64LittleEndian(record[56..]),
            // If one number is impossible, the whole record is unreliable.
            TotalPages = error is null ? pages : null,
            OnlineVcpus = error is null ? (int)onlineVcpus : null,
            MaxVcpuId = error is null && highestVcpu != NoVcpu ? (int)highestVcpu : null,
            InfoError = error,
        };

        XenException Impossible(string what, ulong number) => XenErrorMap.ImpossibleNumber(Operation, domId, what, number);
    }

    private static DomainType? Type(ReadOnlySpan<byte> record, uint flags, XenVersion version, bool isX86)
    {
        if (!isX86) return DomainType.PVH;
        if ((flags & HvmFlag) == 0) return DomainType.PV;
        // Emulated devices are reported since 4.10; 4.16 inserted gpaddr_bits before them.
        if (version is { Major: 4, Minor: < 10 }) return null;
        var emulated = BinaryPrimitives.ReadUInt32LittleEndian(record[(version is { Major: 4, Minor: < 16 } ? 96 : 104)..]);
        return (emulated & PcDevices) != 0 ? DomainType.HVM : DomainType.PVH;
    }

    private static DomainState State(uint flags) => flags switch
    {
        _ when (flags & DyingFlag) != 0 => DomainState.Dying,
        _ when (flags & ShutdownFlag) != 0 => (flags >> 16 & 0xff) switch
        {
            2 => DomainState.Suspended,
            3 or 4 => DomainState.Crashed,
            _ => DomainState.Shutdown,
        },
        _ when (flags & PausedFlag) != 0 => DomainState.Paused,
        _ when (flags & RunningFlag) != 0 => DomainState.Running,
        _ when (flags & BlockedFlag) != 0 => DomainState.Blocked,
        _ => DomainState.Runnable,
    };
}
