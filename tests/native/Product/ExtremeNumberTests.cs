using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Product;

/// <summary>
/// Gives extreme values to every number from Xen, its libraries or a guest's page, for every command that reads. Checks that the result is
/// an answer or an error of the one domain with the number, and that the other domains are listed as usual.
/// </summary>
public sealed partial class ExtremeNumberTests(FakeXenFixture fixture, ITestOutputHelper output) : FakeXenTest(fixture)
{
    // 0, 1, -1, 2^31-1, 2^31, 2^32-2, 2^32-1, 2^32, 2^63-1, 2^63, 2^64-1, and the neighbours of limits: of vCPUs, two-level and FIFO ports,
    // domain numbers, pages.
    private static readonly ulong[] s_extremes =
    [
        0,
        1,
        255,
        1023,
        4096,
        8191,
        8192,
        0x7fef,
        0x7ff0,
        0xffff,
        (1 << 17) - 1,
        1 << 17,
        int.MaxValue,
        1UL << 31,
        uint.MaxValue - 1,
        uint.MaxValue,
        1UL << 40,
        (1UL << 40) + 1,
        (1UL << 52) + 1,
        1UL << 63,
        ulong.MaxValue,
    ];

    // A page has many fields; of each there are those that differ most.
    private static readonly ulong[] s_ofFields = [0, 1, 1UL << 31, uint.MaxValue, (1UL << 52) + 1, ulong.MaxValue];

    // The other commands read the same parts of a page.
    private static readonly string[] s_ofPages =
        ["domains", "info", "vcpus", "clocks", "channels", "capture", "faults", "report", "metrics"];

    // Properties that can be negative.
    private static readonly string[] s_signed = ["TscShift", "WallClockOffset"];

    // Structures of Linux and not of Xen.
    private static readonly string[] s_ofLinux = [nameof(FileStatusNative), nameof(PollNative)];

    // Of each number the line that makes the fake host give it, {0} being the number. Those that we give ourselves have none.
    private static readonly Dictionary<string, string?> s_numbers = new()
    {
        [$"{nameof(DomainInfo)}.{nameof(DomainInfo.DomId)}"] = "domain 10;answer domid {0}",
        [$"{nameof(DomainInfo)}.{nameof(DomainInfo.PvWidth)}"] = "width {0}",
        [$"{nameof(DomainInfo)}.{nameof(DomainInfo.SharedInfoFrame)}"] = "frame {0}",
        [$"{nameof(DomainInfo)}.{nameof(DomainInfo.CpuTimeNanoseconds)}"] = "cpu_time {0}",
        [$"{nameof(DomainInfo)}.{nameof(DomainInfo.TotalPages)}"] = "pages {0}",
        [$"{nameof(DomainInfo)}.{nameof(DomainInfo.OnlineVcpus)}"] = "online {0}",
        [$"{nameof(DomainInfo)}.{nameof(DomainInfo.MaxVcpuId)}"] = "max_vcpu {0}",
        [$"{nameof(PortTable)}.{nameof(PortTable.ValidPorts)}"] = "ports {0}",
        [$"{nameof(EventChannelStatus)}.{nameof(EventChannelStatus.Port)}"] = "port {0} ipi",
        [$"{nameof(EventChannelStatus)}.{nameof(EventChannelStatus.Vcpu)}"] = "port 4 ipi vcpu {0}",
        [$"{nameof(EventChannelStatus)}.{nameof(EventChannelStatus.RemoteDomId)}"] = "port 4 interdomain {0} 1",
        [$"{nameof(EventChannelStatus)}.{nameof(EventChannelStatus.RemotePort)}"] = "port 4 interdomain 0 {0}",
        [$"{nameof(EventChannelStatus)}.{nameof(EventChannelStatus.Irq)}"] = "port 4 virq {0};port 5 pirq {0}",
        [$"{nameof(VcpuRunState)}.{nameof(VcpuRunState.Vcpu)}"] = null,
        [$"{nameof(VcpuRunState)}.{nameof(VcpuRunState.CpuTimeNanoseconds)}"] = "vcpu 0 online blocked {0} 0",
        [$"{nameof(MemoryHazards)}.{nameof(MemoryHazards.PopulateOnDemandPages)}"] = "domain 5;pod {0}",
        [$"{nameof(MemoryHazards)}.{nameof(MemoryHazards.PagedOutPages)}"] = "paged {0}",
        [$"{nameof(TscInfo)}.{nameof(TscInfo.Mode)}"] = "tsc_mode {0}",
        [$"{nameof(TscInfo)}.{nameof(TscInfo.ElapsedNanoseconds)}"] = "tsc_elapsed {0};tsc_khz 2400000",
        [$"{nameof(TscInfo)}.{nameof(TscInfo.KiloHertz)}"] = "tsc_khz {0}",
        [$"{nameof(TscInfo)}.{nameof(TscInfo.Incarnation)}"] = "tsc_incarnation {0}",
        [$"{nameof(XenVersion)}.{nameof(XenVersion.Major)}"] = "answer xc_version {0}",
        [$"{nameof(XenVersion)}.{nameof(XenVersion.Minor)}"] = "answer xc_version {0}",
        [$"{nameof(EventChannelStatusNative)}.{nameof(EventChannelStatusNative.DomId)}"] = null,
        [$"{nameof(EventChannelStatusNative)}.{nameof(EventChannelStatusNative.Port)}"] = null,
        [$"{nameof(EventChannelStatusNative)}.{nameof(EventChannelStatusNative.Status)}"] = "answer evtchn_status {0}",
        [$"{nameof(EventChannelStatusNative)}.{nameof(EventChannelStatusNative.Vcpu)}"] = "port 3 virq 0 vcpu {0}",
        [$"{nameof(EventChannelStatusNative)}.{nameof(EventChannelStatusNative.RemoteDomId)}"] = "port 5 unbound {0}",
        [$"{nameof(EventChannelStatusNative)}.{nameof(EventChannelStatusNative.RemotePort)}"] = "port 1 interdomain 0 {0}",
        [$"{nameof(EventChannelStatusNative)}.{nameof(EventChannelStatusNative.Irq)}"] = "port 6 pirq {0} vcpu 1",
        [$"{nameof(VcpuInfoNative)}.{nameof(VcpuInfoNative.Vcpu)}"] = null,
        [$"{nameof(VcpuInfoNative)}.{nameof(VcpuInfoNative.Online)}"] = "answer online {0}",
        [$"{nameof(VcpuInfoNative)}.{nameof(VcpuInfoNative.Blocked)}"] = "answer blocked {0}",
        [$"{nameof(VcpuInfoNative)}.{nameof(VcpuInfoNative.Running)}"] = "answer running {0}",
        [$"{nameof(VcpuInfoNative)}.{nameof(VcpuInfoNative.CpuTime)}"] = "vcpu 1 online running {0} 1",
        [$"{nameof(VcpuInfoNative)}.{nameof(VcpuInfoNative.Cpu)}"] = "vcpu 0 online blocked 1 {0}",
        [$"{nameof(MulticallEntryNative)}.{nameof(MulticallEntryNative.Operation)}"] = null,
        [$"{nameof(MulticallEntryNative)}.{nameof(MulticallEntryNative.Result)}"] = "answer multicall_entry {0}",
        [$"{nameof(MulticallEntryNative)}.{nameof(MulticallEntryNative.Argument0)}"] = null,
        [$"{nameof(MulticallEntryNative)}.{nameof(MulticallEntryNative.Argument1)}"] = null,
    };

    // The other numbers that calls return.
    private static readonly string[] s_answers =
    [
        "answer xc_domain_getinfolist {0}",
        "answer xc_domain_maximum_gpfn {0}",
        "answer xc_get_pfn_type_batch {0}",
        "answer xc_readconsolering {0}",
        "answer console_index {0}",
        "answer map_error {0}",
        "answer xs_read {0}",
        "emulation {0}",
        "domain 7;emulation {0}",
        "gpaddr_bits {0}",
        "store /local/domain/1/console/port {0}",
        "store /local/domain/1/device/vif/0/queue-0/event-channel-tx {0}",
        "domain 5;paged {0}",
        "domain 5;frame {0}",
        "domain 5;max_vcpu {0}",
        "domain 5;online {0}",
        "domain 5;pages {0}",
        "domain 0;max_vcpu {0}",
        "domain 0;pages {0}",
    ];

    // Of the whole host, and not of one domain.
    private static readonly string[] s_ofTheHost =
    [
        "answer xc_version",
        "answer xc_domain_getinfolist",
        "answer multicall_entry",
        "answer evtchn_status",
        "answer map_error",
        "answer xc_readconsolering",
        "answer console_index",
        "answer domid",
        "domain 10",
        "domain 0",
    ];

    public static TheoryData<string> Lines => new(s_numbers.Values.OfType<string>().Concat(s_answers).Distinct());

    public static TheoryData<string, ushort> Fields
    {
        get
        {
            var data = new TheoryData<string, ushort>();
            foreach (var (domId, layout) in new[]
                {
                    (StandardHost.Pv, SharedInfoLayout.X86_64),
                    (StandardHost.Pv32, SharedInfoLayout.X86_32),
                    (StandardHost.Pvh, SharedInfoLayout.X86_64),
                })
            {
                foreach (var item in layout.Fields.Concat(layout.Vcpu.Fields)) data.Add(item.Name, domId);
            }
            return data;
        }
    }

    [Fact]
    public void Every_number_of_what_is_read_is_among_those_that_are_fed()
    {
        var types = typeof(XenControl)
            .Assembly.GetTypes()
            .Where(type =>
                type is { IsNested: false, IsValueType: true }
                && type.Namespace == typeof(XenControl).Namespace
                && type.Name.EndsWith("Native", StringComparison.Ordinal));
        var numbers = types
            .SelectMany(type =>
                type.GetFields(BindingFlags.Instance | BindingFlags.Public)
                    .Select(field => (Name: $"{type.Name}.{field.Name}", Type: field.FieldType)))
            .Concat(
                new[]
                {
                    typeof(DomainInfo),
                    typeof(PortTable),
                    typeof(EventChannelStatus),
                    typeof(VcpuRunState),
                    typeof(MemoryHazards),
                    typeof(TscInfo),
                    typeof(XenVersion),
                }.SelectMany(type =>
                    type.GetProperties().Select(property => (Name: $"{type.Name}.{property.Name}", Type: property.PropertyType))))
            .Where(member => IsNumber(member.Type))
            .Select(member => member.Name);

        Assert.Equal(
            numbers.Where(name => !s_ofLinux.Any(type => name.StartsWith(type, StringComparison.Ordinal))).Order(StringComparer.Ordinal),
            s_numbers.Keys.Order(StringComparer.Ordinal));
    }

    [Theory, MemberData(nameof(Lines))]
    public void A_number_at_its_extremes_is_an_answer_or_an_error_of_its_domain(string line)
    {
        Try(
            line,
            ProductCommands.Reading.Keys,
            s_extremes,
            isOfOneDomain: !s_ofTheHost.Any(start => line.StartsWith(start, StringComparison.Ordinal)),
            value =>
            {
                var lines = line.Replace("{0}", value.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
                // A domain without vCPUs has nothing to show of them.
                if (line.Contains("max_vcpu", StringComparison.Ordinal) && (uint)value == uint.MaxValue)
                    return false;
                // The fake makes room for what it lists.
                if (value > 1 << 17
                    && (line.StartsWith("ports", StringComparison.Ordinal) || line.StartsWith("port {0}", StringComparison.Ordinal)))
                    return false;
                Xen.Apply(
                    line.StartsWith("answer", StringComparison.Ordinal)
                    || line.StartsWith("store", StringComparison.Ordinal)
                    || line.StartsWith("domain", StringComparison.Ordinal)
                        ? lines
                        : $"domain {StandardHost.Pv};{lines}");
                return true;
            });
    }

    [Theory, MemberData(nameof(Fields))]
    public void A_field_of_a_page_at_its_extremes_is_an_answer_or_an_error_of_its_domain(string name, ushort domId)
    {
        var layout = domId == StandardHost.Pv32 ? SharedInfoLayout.X86_32 : SharedInfoLayout.X86_64;
        var field = layout.Fields.Concat(layout.Vcpu.Fields).Single(first => first.Name == name);
        var values = s_ofFields.Select(value => field.Width == 8 ? value : value & (1UL << 8 * field.Width) - 1).Distinct().ToArray();
        Try($"{name} of domain {domId}", s_ofPages, values, isOfOneDomain: true, value =>
        {
            var cell = Xen.Page(domId).Slice(field.Offset, field.Width);
            for (var at = 0; at < cell.Length; at++) cell[at] = (byte)(value >> 8 * at);
            return true;
        });
    }

    private void Try(string what, IEnumerable<string> commands, IEnumerable<ulong> values, bool isOfOneDomain, Func<ulong, bool> set)
    {
        var host = ProductHost.Create().Write(HostDirectory);
        var file = Path.Combine(HostDirectory, "output");
        var whole = new Dictionary<string, CommandRun>();
        foreach (var command in commands)
        {
            Xen.Load(host);
            ProductHost.MakeNew(Xen);
            whole.Add(command, CommandLine.Run(ProductCommands.Arguments(command, file, "")));
        }
        var (runs, failures) = (0, new List<string>());
        var clock = Stopwatch.StartNew();
        foreach (var value in values)
        {
            foreach (var command in commands)
            {
                Xen.Load(host);
                ProductHost.MakeNew(Xen);
                if (!set(value)) continue;
                runs++;
                var run = new CommandRun(0, "", "", []);
                try
                {
                    run = CommandLine.Run(ProductCommands.Arguments(command, file, ""));
                    FaultedRun.AssertSound(run);
                    AssertBalanced();
                    AssertNoFalseNumber(run);
                    if (!isOfOneDomain || !ProductCommands.ListsDomains(command)) continue;
                    // A domain with no port, or with port 0 alone, has no event channel to list.
                    int? empty =
                        what == "ports {0}" && value <= 1 && command.StartsWith("channels", StringComparison.Ordinal)
                            ? StandardHost.Pv
                            : null;
                    FaultedRun.AssertOthersServed(run, whole[command], isOneDomain: true, empty);
                }
#pragma warning disable CA1031 // Whatever comes out of a command is what is looked for.
                catch (Exception error)
#pragma warning restore CA1031
                {
                    failures.Add($"{value} ({command}): {error.GetType().Name}: {error.Message}\n  status {run.Status}: {run.Error}");
                }
            }
        }
        output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{what}: {runs} runs, {failures.Count} failures, {clock.ElapsedMilliseconds} ms"));
        Assert.True(runs > 0);
        Assert.True(failures.Count == 0, $"{failures.Count} of {runs}:\n{string.Join('\n', failures.Take(15))}");
    }

    // Nothing here is negative but a shift.
    private static void AssertNoFalseNumber(CommandRun run)
    {
        foreach (var line in run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] == '{'))
        {
            using var json = JsonDocument.Parse(line);
            var negative = NegativeNumber()
                .Matches(line)
                .Select(match => match.Value)
                .Where(text => !s_signed.Any(name => text.StartsWith($"\"{name}\"", StringComparison.Ordinal)));
            Assert.Empty(negative);
        }
    }

    private static bool IsNumber(Type type) =>
        Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) is >= TypeCode.SByte and <= TypeCode.Double
        && !(Nullable.GetUnderlyingType(type) ?? type).IsEnum;

    [GeneratedRegex("\"[A-Za-z]+\":\"?-[0-9]+")]
    private static partial Regex NegativeNumber();
}
