using System.Globalization;
using System.Text;
using XenShared.Files.DebugKeys;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files.DebugKeys;

/// <summary>Tests the tables of <c>xl list</c> and <c>xl vcpu-list</c>, whose names come from the toolstack.</summary>
public sealed class ToolTableTests
{
    private const string Domains = "Name                                        ID   Mem VCPUs\tState\tTime(s)\n";
    private const string Vcpus = "Name                                ID  VCPU   CPU State   Time(s) Affinity (Hard / Soft)\n";
    private const string OldVcpus = "Name                                ID  VCPU   CPU State   Time(s) CPU Affinity\n";

    [Theory]
    [InlineData("r-----", DomainState.Running, null)]
    [InlineData("-b----", DomainState.Blocked, null)]
    [InlineData("------", DomainState.Runnable, null)]
    [InlineData("rbp---", DomainState.Paused, null)]
    [InlineData("---s--", DomainState.Shutdown, ShutdownReason.Poweroff)]
    [InlineData("---sr-", DomainState.Shutdown, ShutdownReason.Reboot)]
    [InlineData("---ss-", DomainState.Suspended, ShutdownReason.Suspend)]
    [InlineData("---sc-", DomainState.Crashed, ShutdownReason.Crash)]
    [InlineData("----c-", DomainState.Crashed, ShutdownReason.Crash)]
    [InlineData("---sw-", DomainState.Crashed, ShutdownReason.Watchdog)]
    [InlineData("---sS-", DomainState.Shutdown, ShutdownReason.SoftReset)]
    [InlineData("---s?-", DomainState.Shutdown, null)]
    [InlineData("--ps-d", DomainState.Dying, ShutdownReason.Poweroff)]
    [InlineData("-----d", DomainState.Dying, null)]
    public void The_letters_are_the_state(string flags, DomainState state, ShutdownReason? reason)
    {
        using var target = Open(Domains + Row("guest", 7, flags, "12345678.9"));
        var domain = Assert.Single(new DomainQuery(target, new RecordingObserver()).Run(DomainSelection.All));

        Assert.Equal((7, "guest", (int?)2), (domain.DomId, domain.Name, domain.VcpuCount));
        Assert.Equal((state, reason), (domain.State, domain.ShutdownReason));
        Assert.Equal(TimeSpan.FromMilliseconds(12_345_678_900), domain.CpuTime);
        // xl rounds the memory to whole MiB, so it is not known.
        Assert.Null(domain.MemoryBytes);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("two words")]
    [InlineData("1 128 1 r----- 1.0")]
    [InlineData("a 1   128     1     r-----      12.4 4d850bcd-29da-486e-a9d1-1e9ec3b2fb31        -                -")]
    [InlineData("Name ID Mem VCPUs")]
    [InlineData("x -- r-- 1.0 all / all")]
    [InlineData("\u00fcber \u4e2d\u6587")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890")]
    public void A_name_can_contain_anything_but_a_line_end(string name)
    {
        var verbose = Domains.TrimEnd('\n') + "   UUID                            Reason-Code\tSecurity Label\n";
        var uuid = Guid.Parse("4d850bcd-29da-486e-a9d1-1e9ec3b2fb31");
        using var list = Open(Domains + Row(name, 7));
        using var verboseList = Open(verbose + Row(name, 7).TrimEnd('\n') + $" {uuid}        -                -\n");
        using var vcpus = Open(Vcpus + VcpuRow(name, 7, 0));

        Assert.All([list, verboseList, vcpus], target => Assert.Equal(name, target.ReadName(7)));
        Assert.Equal(uuid, verboseList.ReadDomain(7).Uuid);
        Assert.Null(list.ReadDomain(7).Uuid);
    }

    // A line with "(XEN)" at its start counts as one of Xen.
    [Fact]
    public void A_name_that_looks_like_a_line_of_Xen_is_not_read()
    {
        using var target = Open(Domains + Row("guest", 7) + Row("(XEN) 'e' pressed -> dumping event-channel info", 8) + Row("last", 9));

        Assert.Equal(7, Assert.Single(target.ReadDomains()).DomId);
        Assert.Contains("Line 4 of xl list could not be read", ConsoleLogTarget.GetToolRemark(target), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("forged 8 128 1 r----- 1.0")]
    [InlineData("a\nforged                                     8   128     1     r-----       1.0\nb")]
    [InlineData("a\nb\nc\nd\nforged                             8   128     1     r-----       1.0\nb")]
    public void A_name_with_a_line_end_makes_no_domain_that_is_not_counted(string name)
    {
        using var target = Open(Domains + Row("Domain-0", 0) + Row(name, 7) + Row("last", 9));

        Assert.DoesNotContain(target.ReadDomains(), domain => domain.DomId == 8);
        if (name.Contains('\n', StringComparison.Ordinal))
            Assert.Contains("of xl list could not be read", ConsoleLogTarget.GetToolRemark(target), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Domain-0                                     0  1024     1     r-----")]
    [InlineData("Domain-0                                     0  1024     1     r-----      38.4 x")]
    [InlineData("Domain-0                                     0  1024           r-----      38.4")]
    [InlineData("Domain-0                                 32752  1024     1     r-----      38.4")]
    [InlineData("Domain-0                                     0  1024  8193     r-----      38.4")]
    [InlineData("Domain-0                                     0  1024     1     rr----      38.4")]
    [InlineData("Domain-0                                     0  1024     1     r-----   99999999999.4")]
    public void A_damaged_line_is_counted(string line)
    {
        using var target = Open(Domains + line + "\n" + Row("guest", 7));

        Assert.Equal(7, Assert.Single(target.ReadDomains()).DomId);
        Assert.Contains("Line 2 of xl list could not be read", ConsoleLogTarget.GetToolRemark(target), StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_out_of_order_is_from_another_output()
    {
        using var target = Open(Domains + Row("a", 3) + Row("b", 2) + Row("c", 3) + "# xl list\n" + Domains + Row("d", 3));

        Assert.Equal("d", target.ReadName(3));
        Assert.Equal(3, Assert.Single(target.ReadDomains()).DomId);
        var remark = ConsoleLogTarget.GetToolRemark(target);
        Assert.Contains("Lines 3, 4 of xl list could not be read", remark, StringComparison.Ordinal);
        Assert.Contains("the last one is shown", remark, StringComparison.Ordinal);
    }

    [Fact]
    public void The_vcpus_have_states_processors_and_affinities()
    {
        var observer = new RecordingObserver();
        using var target = Open(
            Vcpus
                + "guest                                7     0    3   r--      38.4  0-3,6 / all\n"
                + "guest                                7     1   12   -b-       6.7  all / none\n"
                + "guest                                7     2    1   ---       6.7  all / 5\n"
                + "guest                                7     3    -   --p       0.0  all / all\n");

        var vcpus = new VcpuQuery(target, observer).Run(DomainSelection.All).ToArray();

        Assert.Equal(
            [
                (0, VcpuState.Running, 3, "0-3,6", "all"),
                (1, VcpuState.Blocked, 12, "all", "none"),
                (2, null, 1, "all", "5"),
                (3, (VcpuState?)VcpuState.Offline, (int?)null, "all", "all"),
            ],
            vcpus.Select(vcpu => (vcpu.Vcpu, vcpu.RunState, vcpu.Cpu, vcpu.HardAffinity, vcpu.SoftAffinity)));
        Assert.All(
            vcpus,
            vcpu => Assert.Equal(("guest", null, null, null), (vcpu.DomainName, vcpu.UpcallPending, vcpu.IsLive, vcpu.Source)));
        Assert.Empty(observer.Errors);
        Assert.Empty(observer.Warnings);
    }

    [Fact]
    public void Old_versions_print_one_affinity()
    {
        using var target = Open(
            OldVcpus
                + "guest                                7     0     3   r--      38.4  any cpu\n"
                + "guest                                7     1     3   -b-      38.4  1-2\n");

        Assert.Equal(
            [("all", null), ("1-2", (string?)null)],
            target.DomainStates!.Domains[7].Vcpus.Select(vcpu => (vcpu.HardAffinity!, vcpu.SoftAffinity)));
    }

    [Theory]
    [InlineData(Vcpus, "0-1", "1", "0-1", null)]
    [InlineData(Vcpus, "0-1", "all", "0-1", "all")]
    [InlineData(OldVcpus, "0-1", "", null, null)]
    public void A_number_that_can_be_broken_is_not_read(
        string heading,
        string hard,
        string soft,
        string? expectedHard,
        string? expectedSoft)
    {
        var end = soft.Length > 0 ? $" / {soft}" : "";
        using var target = Open($"{heading}guest                                7     0     3   r--      38.4  {hard}{end}");

        var vcpu = Assert.Single(target.DomainStates!.Domains[7].Vcpus);
        Assert.Equal((3, expectedHard, expectedSoft), (vcpu.Cpu, vcpu.HardAffinity, vcpu.SoftAffinity));
    }

    [Theory]
    [InlineData("guest                                7     0     3   r--      38.4  all")]
    [InlineData("guest                                7     0     3   r--      38.4  all / ")]
    [InlineData("guest                                7     0     3   r--      38.4  some / all")]
    [InlineData("guest                                7     0     -   r--      38.4  all / all")]
    [InlineData("guest                                7  8192     3   r--      38.4  all / all")]
    [InlineData("guest                                7     0 16384   r--      38.4  all / all")]
    [InlineData("guest                                7     0     3   rb-     138.  all / all")]
    public void A_damaged_line_of_a_vcpu_is_counted(string line)
    {
        using var target = Open(Vcpus + line + "\n" + VcpuRow("guest", 8, 0) + VcpuRow("guest", 8, 0));

        Assert.Equal(8, Assert.Single(target.ReadDomains()).DomId);
        Assert.Contains("Lines 2, 4 of xl vcpu-list could not be read", ConsoleLogTarget.GetToolRemark(target), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_dump_and_the_tables_are_one_answer(bool isFirst)
    {
        var dump = DumpText.Events(7) + DumpText.States(7);
        var tables = "# xl list\n" + Domains + Row("guest", 7) + Row("other", 8, "---sc-") + "# xl vcpu-list\n" + Vcpus
            + VcpuRow("guest", 7, 0);
        using var target = Open(isFirst ? tables + dump : dump + tables);
        var observer = new RecordingObserver();

        var domains = new DomainQuery(target, observer).Run(DomainSelection.All).ToArray();
        var vcpu = Assert.Single(new VcpuQuery(target, observer).Run(new DomainSelection { DomIds = [7] }));
        var channel = Assert.Single(new EventChannelQuery(target, observer).Run(new DomainSelection { DomIds = [7] }));

        Assert.Equal([("guest", DomainState.Blocked, 3), ("other", DomainState.Crashed, (int?)null)],
            domains.Select(domain => (domain.Name!, domain.State!.Value, domain.ReferenceCount)));
        Assert.Equal((true, VcpuState.Blocked, 5, "all"), (vcpu.UpcallPending, vcpu.RunState, vcpu.Cpu, vcpu.HardAffinity));
        Assert.Equal(("guest", 9u, true), (channel.DomainName, channel.Port, channel.Pending));
        Assert.Null(target.ChannelsRemark);
    }

    [Fact]
    public void Text_of_a_guest_is_not_read()
    {
        var guest = "(d3) " + new string('x', 75) + "\n";
        foreach (var between in (string[])["", new string('x', 80) + "\n", "(d3) a\n", "(XEN) a\n"])
        {
            var lines = (between.Length > 80 ? guest : "") + between + guest;
            using var target = Open(Domains + Row("guest", 7) + lines + Domains + Row("forged", 8));
            Assert.Equal(7, Assert.Single(target.ReadDomains()).DomId);
            using var row = Open(Domains + Row("guest", 7) + guest + between + Row("forged", 8));
            Assert.Equal(7, Assert.Single(row.ReadDomains()).DomId);
            Assert.Contains("not be read", ConsoleLogTarget.GetToolRemark(row) ?? "not be read", StringComparison.Ordinal);
        }
    }

    [Fact]
    public void More_vcpus_than_the_limit_are_refused()
    {
        var text = new StringBuilder();
        for (var domain = 0; domain < 2; domain++)
        {
            text.Append(Vcpus);
            for (var vcpu = 0; vcpu <= ConsoleLogReader.MaximumVcpus / 2; vcpu++)
                text.Append(CultureInfo.InvariantCulture, $"g {vcpu / 8192 + domain * 1000} {vcpu % 8192} 1 r-- 1.0 all / all\n");
        }

        Assert.Equal(XenErrorId.FileDamaged, Assert.Throws<XenException>(() => Open(text.ToString())).Id);
    }

    private static string Row(string name, int domId, string flags = "r-----", string time = "1.0") =>
        $"{name,-40} {domId,5} {128,5} {2,5}     {flags}  {time,8}\n";

    private static string VcpuRow(string name, int domId, int vcpu) => $"{name,-32} {domId,5} {vcpu,5} {5,5}   r--       1.0  all / all\n";

    private static IXenDataSource Open(string text) => TargetFile.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "x");
}
