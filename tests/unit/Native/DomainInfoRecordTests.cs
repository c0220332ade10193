using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using XenShared.Hypervisor;
using XenShared.Native;

namespace XenShared.Tests.Native;

/// <summary>Tests reading <c>xc_domaininfo_t</c>, whose last members differ between versions.</summary>
public sealed class DomainInfoRecordTests
{
    private const uint HvmFlag = 2;
    private const uint PcDevices = 1 << 2 | 1 << 3 | 1 << 5 | 1 << 6 | 1 << 8;

    [Fact]
    public void TheMembersThatNeverMoved()
    {
        var domain = Decode(Record(flags: 0x20), 17);

        Assert.Equal((ushort)0x1234, domain.DomId);
        Assert.Equal(32784ul, domain.TotalPages);
        Assert.Equal(0xbfc58ul, domain.SharedInfoFrame);
        Assert.Equal(123_456_789ul, domain.CpuTimeNanoseconds);
        Assert.Equal((3, 7), (domain.OnlineVcpus, domain.MaxVcpuId!.Value));
        Assert.Equal(new Guid("01020304-0506-0708-090a-0b0c0d0e0f10"), domain.Uuid);
        Assert.Null(domain.PvWidth);
    }

    [Fact]
    public void AllOnesMeansNone()
    {
        var record = Record(flags: 0);
        record.AsSpan(48, 8).Fill(0xff);
        record.AsSpan(68, 4).Fill(0xff);

        var domain = Decode(record, 17);

        Assert.Null(domain.SharedInfoFrame);
        Assert.Null(domain.MaxVcpuId);
    }

    // Words of a real host. The byte of the shutdown code is all ones if there is none.
    [Theory]
    [InlineData(0xffff0010u, DomainState.Blocked)]
    [InlineData(0xffff0020u, DomainState.Running)]
    [InlineData(0xffff0008u, DomainState.Paused)]
    [InlineData(0xffff0018u, DomainState.Paused)]
    [InlineData(0xffff0000u, DomainState.Runnable)]
    [InlineData(0xffff011au, DomainState.Paused)]
    [InlineData(0x00000004u, DomainState.Shutdown)]
    [InlineData(0x00010014u, DomainState.Shutdown)]
    [InlineData(0x00020004u, DomainState.Suspended)]
    [InlineData(0x00030004u, DomainState.Crashed)]
    [InlineData(0x00040004u, DomainState.Crashed)]
    [InlineData(0x00050004u, DomainState.Shutdown)]
    [InlineData(0x0003000du, DomainState.Dying)]
    public void TheMostSevereState(uint flags, DomainState state) => Assert.Equal(state, Decode(Record(flags), 17).State);

    // Without the flag of the shutdown, its code means nothing, also if it is zero.
    [Theory]
    [InlineData(0x00000004u, ShutdownReason.Poweroff)]
    [InlineData(0x00010014u, ShutdownReason.Reboot)]
    [InlineData(0x00020004u, ShutdownReason.Suspend)]
    [InlineData(0x00030004u, ShutdownReason.Crash)]
    [InlineData(0x00040004u, ShutdownReason.Watchdog)]
    [InlineData(0x00050004u, ShutdownReason.SoftReset)]
    [InlineData(0xab00000du, ShutdownReason.Poweroff)]
    [InlineData(0x0003000du, ShutdownReason.Crash)]
    [InlineData(0x00060004u, null)]
    [InlineData(0x00ff0004u, null)]
    [InlineData(0x00000000u, null)]
    [InlineData(0x00000001u, null)]
    [InlineData(0x00030010u, null)]
    [InlineData(0xffff0010u, null)]
    public void TheReasonOfAShutdown(uint flags, ShutdownReason? reason) =>
        Assert.Equal(reason, Decode(Record(flags), 17).ShutdownReason);

    [Theory]
    [InlineData(8, null)]
    [InlineData(9, null)]
    [InlineData(10, 96)]
    [InlineData(14, 96)]
    [InlineData(15, 96)]
    [InlineData(16, 104)]
    [InlineData(22, 104)]
    public void TheEmulatedDevicesDistinguishHvmFromPvhIfTheVersionReportsThem(int minor, int? offset)
    {
        var pvh = Record(HvmFlag);
        var hvm = Record(HvmFlag);
        if (offset is { } at)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(pvh.AsSpan(at), 1);
            BinaryPrimitives.WriteUInt32LittleEndian(hvm.AsSpan(at), PcDevices | 1);
        }

        Assert.Equal(offset is null ? null : DomainType.PVH, Decode(pvh, minor).Type);
        Assert.Equal(offset is null ? null : DomainType.HVM, Decode(hvm, minor).Type);
        Assert.Equal(DomainType.PV, Decode(Record(0), minor).Type);
    }

    [Fact]
    public void EveryArmGuestIsPvh() =>
        Assert.Equal(DomainType.PVH, Decode(Record(0), 17, isX86: false).Type);

    private static DomainInfo Decode(byte[] record, int minor, bool isX86 = true) =>
        XenControl.ToDomainInfo(MemoryMarshal.Read<XenControl.DomainInfoRecord>(record), new XenVersion(4, minor, ""), isX86);

    private static byte[] Record(uint flags)
    {
        var record = new byte[Unsafe.SizeOf<XenControl.DomainInfoRecord>()];
        BinaryPrimitives.WriteUInt16LittleEndian(record, 0x1234);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(4), flags);
        BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(8), 32784);
        BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(48), 0xbfc58);
        BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(56), 123_456_789);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(64), 3);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(68), 7);
        for (var index = 0; index < 16; index++) record[76 + index] = (byte)(index + 1);
        return record;
    }
}
