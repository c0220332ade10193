using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using XenShared.Native;

namespace XenShared.Tests.Native;

/// <summary>Compares the sizes of structures that Xen reads and writes with its headers.</summary>
public sealed class StructureSizeTests
{
    [Fact]
    public void Sizes()
    {
        Assert.Equal(24, Unsafe.SizeOf<EventChannelStatusNative>());
        Assert.Equal(64, Unsafe.SizeOf<MulticallEntryNative>());
        Assert.Equal(24, Unsafe.SizeOf<VcpuInfoNative>());
    }

    [Fact]
    public void FieldOffsets()
    {
        Assert.Equal(
            [0, 4, 8, 12, 16, 16, 20],
            Offsets<EventChannelStatusNative>(
                nameof(EventChannelStatusNative.DomId),
                nameof(EventChannelStatusNative.Port),
                nameof(EventChannelStatusNative.Status),
                nameof(EventChannelStatusNative.Vcpu),
                nameof(EventChannelStatusNative.RemoteDomId),
                nameof(EventChannelStatusNative.Irq),
                nameof(EventChannelStatusNative.RemotePort)));
        Assert.Equal(
            [0, 8, 16, 24],
            Offsets<MulticallEntryNative>(
                nameof(MulticallEntryNative.Operation),
                nameof(MulticallEntryNative.Result),
                nameof(MulticallEntryNative.Argument0),
                nameof(MulticallEntryNative.Argument1)));
        Assert.Equal(
            [0, 4, 5, 6, 8, 16],
            Offsets<VcpuInfoNative>(
                nameof(VcpuInfoNative.Vcpu),
                nameof(VcpuInfoNative.Online),
                nameof(VcpuInfoNative.Blocked),
                nameof(VcpuInfoNative.Running),
                nameof(VcpuInfoNative.CpuTime),
                nameof(VcpuInfoNative.Cpu)));
    }

    private static int[] Offsets<T>(params string[] fields) => [.. fields.Select(field => (int)Marshal.OffsetOf<T>(field))];
}
