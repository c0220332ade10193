using System.Runtime.InteropServices;
using XenShared.Hypervisor;

namespace XenShared.Native.Tests.Oracle;

/// <summary>Compares the structures of calls with the installed Xen headers, for the architecture of this machine.</summary>
public sealed class CallRecordTests
{
    private const string Source = "calls.c";
    private const string Architecture = "x86_64";

    [Fact]
    public void The_status_of_a_port_is_laid_out_as_in_the_headers()
    {
        var headers = HeaderOracle.Compile(Source, Architecture);

        AssertFields<EventChannelStatusNative>(headers, "evtchn_status", new()
        {
            ["dom"] = nameof(EventChannelStatusNative.DomId),
            ["port"] = nameof(EventChannelStatusNative.Port),
            ["status"] = nameof(EventChannelStatusNative.Status),
            ["vcpu"] = nameof(EventChannelStatusNative.Vcpu),
            ["u.unbound.dom"] = nameof(EventChannelStatusNative.RemoteDomId),
            ["u.interdomain.dom"] = nameof(EventChannelStatusNative.RemoteDomId),
            ["u.interdomain.port"] = nameof(EventChannelStatusNative.RemotePort),
            ["u.pirq"] = nameof(EventChannelStatusNative.Irq),
            ["u.virq"] = nameof(EventChannelStatusNative.Irq),
        });
    }

    [Fact]
    public void An_entry_of_a_multicall_is_laid_out_as_in_the_headers()
    {
        var headers = HeaderOracle.Compile(Source, Architecture);

        AssertFields<MulticallEntryNative>(
            headers,
            "multicall_entry",
            new()
            {
                ["op"] = nameof(MulticallEntryNative.Operation),
                ["result"] = nameof(MulticallEntryNative.Result),
                ["args"] = nameof(MulticallEntryNative.Argument0),
            });
        Assert.Equal(
            Offset<MulticallEntryNative>(nameof(MulticallEntryNative.Argument0)) + 8,
            Offset<MulticallEntryNative>(nameof(MulticallEntryNative.Argument1)));
    }

    [Fact]
    public void A_vcpus_scheduling_is_laid_out_as_in_the_headers()
    {
        var headers = HeaderOracle.Compile(Source, Architecture);

        AssertFields<VcpuInfoNative>(headers, "xen_domctl_getvcpuinfo", new()
        {
            ["vcpu"] = nameof(VcpuInfoNative.Vcpu),
            ["online"] = nameof(VcpuInfoNative.Online),
            ["blocked"] = nameof(VcpuInfoNative.Blocked),
            ["running"] = nameof(VcpuInfoNative.Running),
            ["cpu_time"] = nameof(VcpuInfoNative.CpuTime),
            ["cpu"] = nameof(VcpuInfoNative.Cpu),
        });
    }

    [Fact]
    public void A_domains_record_is_read_where_the_headers_have_its_fields()
    {
        var headers = HeaderOracle.Compile(Source, Architecture);
        var fields = headers.Fields("xen_domctl_getdomaininfo").ToDictionary(field => field.Name);
        var record = new byte[Marshal.SizeOf<XenControl.DomainInfoRecord>()];
        void Put(string name, ulong value) =>
            new XenShared.Layout.LayoutField(name, fields[name].Offset, fields[name].Width).Write(record, value);
        Put("domain", 0x1234);
        Put("flags", 1 << 1 | 1 << 5);
        Put("tot_pages", 0x11_2222_3333);
        Put("shared_info_frame", 0x4444_5555_6666);
        Put("cpu_time", 0x7777_8888_9999);
        Put("nr_online_vcpus", 5);
        Put("max_vcpu_id", 7);
        Put("arch_config.emulation_flags", 0x1ff);
        Enumerable.Range(1, 16).Select(number => (byte)number).ToArray().CopyTo(record, fields["handle"].Offset);

        // Debian's headers are of one version; gpaddr_bits is before the emulation flags in 4.16 and later.
        var minor = fields.ContainsKey("gpaddr_bits") ? 17 : 15;
        Assert.Equal(
            new DomainInfo
            {
                DomId = 0x1234,
                Uuid = new Guid("01020304-0506-0708-090a-0b0c0d0e0f10"),
                Type = DomainType.HVM,
                State = DomainState.Running,
                TotalPages = 0x11_2222_3333,
                SharedInfoFrame = 0x4444_5555_6666,
                CpuTimeNanoseconds = 0x7777_8888_9999,
                OnlineVcpus = 5,
                MaxVcpuId = 7,
            },
            XenControl.ToDomainInfo(
                MemoryMarshal.Read<XenControl.DomainInfoRecord>(record),
                new XenVersion(4, minor, ""),
                isX86: true));
        Assert.InRange(headers.Size("xen_domctl_getdomaininfo"), 1, record.Length);
    }

    // Every member of the structure, padding apart, has its place in ours.
    private static void AssertFields<T>(DebugInformation headers, string structure, Dictionary<string, string> names)
        where T : unmanaged
    {
        Assert.Equal(
            headers.Fields(structure).Where(field => !field.IsPadding).Select(field => (field.Name, field.Offset)),
            headers.Fields(structure).Where(field => !field.IsPadding).Select(field => (field.Name, Offset<T>(names[field.Name]))));
        Assert.Equal(headers.Size(structure), Marshal.SizeOf<T>());
    }

    private static int Offset<T>(string field) => (int)Marshal.OffsetOf<T>(field);
}
