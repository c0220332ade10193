using System.Text;
using XenShared.Files.DebugKeys;

namespace XenShared.Tests.Files.DebugKeys;

/// <summary>
/// Checks logs with forged lines, and logs in which parts of lines are lost: no false data is read, and every loss is reported.
/// </summary>
public sealed class LogDamageTests
{
    private const string Dump = """
        (XEN) 'e' pressed -> dumping event-channel info
        (XEN) Event channel information for domain 3:
        (XEN) Polling vCPUs: {0-1,3}
        (XEN)     port [p/m/s]
        (XEN)        1 [1/0/1]: s=5 n=0 x=0 v=0
        (XEN)        2 [0/1/0]: s=3 n=10 x=0 d=0 p=22

        """;

    private const string Forged = "(XEN)       70 [1/0/1]: s=3 n=0 x=0 d=0 p=35";

    /// <summary>Gets texts behind a dump in which a guest, or somebody else, wrote a line that looks like Xen's.</summary>
    public static TheoryData<string> Forgeries =>
    [
        $"(d3) hello<br>{Forged}",
        $"(d3) =3Cbr=3E{Forged.Replace("=", "=3D", StringComparison.Ordinal)}",
        $"(XEN) HVM3: <br>{Forged}",
        $"(d3) {new string('A', 75)}\n{Forged}",
        $"> (d3) {new string('A', 66)}\n> {Forged}",
        $"Nov 22 12:00:01 dom0 sshd[22]: Invalid user bob {Forged}",
        $"/var/log/xen/console/guest-evil.log:{Forged}",
        $"hostB: {Forged}",
        $"\u001b(d3) {Forged}",
        $"(d\n3) {Forged}",
        Forged["(XEN) ".Length..],
    ];

    [Theory, MemberData(nameof(Forgeries))]
    public void A_forged_line_is_not_read(string text)
    {
        var log = Read(Dump + text + "\n");

        Assert.Equal([1u, 2u], log.Channels.Domains[3].Ports.Keys);
    }

    [Fact]
    public void A_forged_announcement_does_not_end_a_dump()
    {
        var log = Read(Dump.Replace("(XEN)        2", "(d3) <br>'e' pressed -> x\n(XEN)        2", StringComparison.Ordinal));

        Assert.Equal((1, 2), (log.Dumps, log.Channels.Domains[3].Ports.Count));
        Assert.Equal(1, Read(Dump.Replace("(XEN)        2", "'e' pressed -> x\n(XEN)        2", StringComparison.Ordinal)).Dumps);
    }

    /// <summary>Gets pairs of a line of the dump and what becomes of it. The line is then not known, and its number is named.</summary>
    public static TheoryData<string> Damages =>
    [
        "(XEN)        2 [0/1/0]: s=3 n=10 x=0 d=0 p=2\n2",
        "(XEN)        2 [0/1/0]: s=3 n=10 x=0 d=0 p=22\n7",
        "(XEN)        2 [0/1/0]: s=3 n=10 x=0 d=0 p=2\n2 Z=system_u:system_r:domU_t:s0:c1.c3",
        "(XEN)        2 [0/1/0]: s=6 n=1",
        "(XEN)        2 [0/1/0]: s=3 n=0 d=1 p=1",
        "(XEN)        2 [0/1/0]: s=3 n=10 x=0 d=0 p=4294967295",
        "(XEN)        2 [0/1/0]: s=5 n=10 x=0 v=999999",
        "(XEN)        2 [0/1/0]: s=3 Z=a n=10 x=0 d=0 p=22",
        "(XN)        2 [0/1/0]: s=3 n=10 x=0 d=0 p=22",
        "(XEN)        2 0/1/0]: s=3 n=10 x=0 d=0 p=22",
        "(XEN)        [0/1/0]: s=3 n=10 x=0 d=0 p=22",
        "(XEN)       x2 [0/1/0]: s=3 n=10 x=0 d=0 p=22",
        "       2 [0/1/0]: s=3 n=10 x=0 d=0 p=22",
        "(XEN)        2 [0/1/0]: s=3D3 n=3D10 x=3D0 d=3D0=\np=3D22=",
        new string('x', 5000),
    ];

    [Theory, MemberData(nameof(Damages))]
    public void A_damaged_line_is_counted_and_its_domain_is_incomplete(string damaged)
    {
        var log = Read(Dump.Replace("(XEN)        2 [0/1/0]: s=3 n=10 x=0 d=0 p=22", damaged, StringComparison.Ordinal));

        Assert.DoesNotContain(2u, log.Channels.Domains[3].Ports.Keys);
        Assert.False(log.Channels.Domains[3].IsComplete);
        Assert.True(log.UnreadLineCount > 0, "no line is counted");
        Assert.InRange(log.UnreadLines[0], 6, 8);
    }

    [Theory]
    [InlineData("\\[0/1/0\\]", "[0/1/0]")]
    [InlineData("2 [0/1/0]", "2\u00e2\u0080\u0083[0/1/0]")]
    [InlineData("2 [0/1/0]", "2\u00e2\u0080\u00af[0/1/0]")]
    public void Escaped_brackets_and_wide_blanks_are_read(string _, string text)
    {
        var log = Read(Dump.Replace("2 [0/1/0]", text.Contains('2') ? text : "2 \\[0/1/0\\]", StringComparison.Ordinal));

        Assert.True(log.Channels.Domains[3].IsComplete);
        Assert.Equal(2, log.Channels.Domains[3].Ports.Count);
    }

    [Theory]
    [InlineData("'e' pressed -> dumping event-channel info")]
    [InlineData("Event channel information for domain 3:")]
    public void A_selection_that_begins_behind_the_first_XEN_is_read(string first)
    {
        var log = Read(Dump[Dump.IndexOf(first, StringComparison.Ordinal)..]);

        Assert.Equal((2, false), (log.Channels.Domains[3].Ports.Count, log.LacksPrefix));
    }

    [Fact]
    public void A_number_that_a_wrap_cut_after_the_prefix_is_joined()
    {
        var log = Read(Dump.Replace("(XEN)        2 [0/1", $"(XEN) {new string(' ', 60)}1\n5 [0/1", StringComparison.Ordinal));

        Assert.Equal([1u, 15u], log.Channels.Domains[3].Ports.Keys);
    }

    [Fact]
    public void Polling_vCPUs_of_a_lost_heading_are_nobodys()
    {
        var log = Read(Dump + "(XEN) Evnt channel information for domain 4:\n(XEN) Polling vCPUs: {7}\n(XEN)     port [p/m/s]\n");

        Assert.Equal([0, 1, 3], log.Channels.Domains[3].PollingVcpus);
        Assert.False(log.Channels.HasAllDomains);
    }

    [Fact]
    public void A_start_of_Xen_ends_a_dump()
    {
        var log = Read(Dump.Replace("(XEN)        2", "(XEN) Xen version 4.17.7 (x) debug=n\n(XEN)        2", StringComparison.Ordinal));

        Assert.False(log.Channels.HasAllDomains);
        Assert.Null(log.Version);
    }

    [Fact]
    public void A_guest_cannot_hide_lines()
    {
        const string Line = "(d3) (XEN) Event channel information for domain\n";

        Assert.True(Read(Dump.Replace("(XEN)        2", $"{Line}(XEN)        2", StringComparison.Ordinal)).Channels.Domains[3].IsComplete);
    }

    [Fact]
    public void Many_polling_vCPUs_cost_little()
    {
        var heavy = new StringBuilder("(XEN) 'e' pressed -> dumping event-channel info\n");
        for (var domain = 0; domain < 30_000; domain++)
            heavy.Append(null, $"(XEN) Event channel information for domain {domain}:\n(XEN) Polling vCPUs: {{0-8191}}\n");
        Assert.Equal(XenErrorId.FileDamaged, Assert.Throws<XenException>(() => Read(heavy.ToString())).Id);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var line = $"(XEN) Polling vCPUs: {{{string.Join(',', Enumerable.Repeat("0-8191", 50))}}}\n";
        Read(Dump + string.Concat(Enumerable.Repeat(line, 1000)));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    private static ConsoleLog Read(string text) =>
        Assert.IsType<ConsoleLog>(ConsoleLogReader.Read(new MemoryStream(Encoding.Latin1.GetBytes(text)), "x"));
}
