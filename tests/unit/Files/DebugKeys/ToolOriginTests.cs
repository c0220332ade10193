using System.Text;
using XenShared.Targets;

namespace XenShared.Tests.Files.DebugKeys;

/// <summary>
/// Tests the outputs of <c>xl list</c>, <c>xl vcpu-list</c>, <c>xenstore-ls</c> and Linux's debug interrupt with the changes that loggers,
/// mail programs, terminals and web pages make: each is read as it was, or in part with the numbers of the other lines, or is refused.
/// </summary>
public sealed class ToolOriginTests
{
    private const string Words = "0000000000000000 0000000000000000 0000000000000000 0000000000000000 0000000000000000 "
        + "0000000000000000 0000000000000000 ";

    private static readonly Dictionary<string, string> s_shapes = new()
    {
        ["xl list"] = """
            Name                                        ID   Mem VCPUs	State	Time(s)
            Domain-0                                     0  1024     1     r-----      38.4
            a guest, with (odd) 5 1 r----- 1.0 name      1   128     1     -b----       6.7
            crashed                                      2    48     1     ---sc-       1.4
            """,
        ["xl list -v"] = """
            Name                        ID   Mem VCPUs	State	Time(s)   UUID                            Reason-Code	Security Label
            Domain-0                     0  1024     1     r-----      32.1 00000000-0000-0000-0000-000000000000        -           -
            pvh-fifo                     1   128     1     --ps-d      12.4 4d850bcd-29da-486e-a9d1-1e9ec3b2fb31        0           -
            """,
        ["xl vcpu-list"] = """
            Name                                ID  VCPU   CPU State   Time(s) Affinity (Hard / Soft)
            Domain-0                             0     0    0   r--      38.4  all / all
            pv-2l-2vcpu                          1     0    1   -b-       6.7  0-1,5 / all
            pv-2l-2vcpu                          1     1    -   --p       0.0  all / none
            """,
        ["xenstore-ls -f"] = """
            /local/domain/0/name = "Domain-0"
            /local/domain/1/name = "guest"
            /local/domain/1/device/vif/0/backend = "/local/domain/0/backend/vif/1/0"
            /local/domain/1/device/vif/0/state = "4"
            /local/domain/1/device/vif/0/event-channel-tx = "9"
            """,
        ["xenstore-ls"] = """
            tool = ""
             xenstored = ""
            local = ""
             domain = ""
              1 = ""
               name = "guest"
               device = ""
                vif = ""
                 0 = ""
                  backend = "/local/domain/0/backend/vif/1/0"
                  state = "4"
                  event-channel-tx = "9"
            """,
        ["debug interrupt"] = "vcpu 0\n  0: masked=0 pending=1 event_sel 0000000000000001\n"
            + "  1: masked=1 pending=0 event_sel 0000000000000000\n"
            + "pending:\n" + Rows("000000000000000a") + "global mask:\n" + Rows("ffffffffffff0101")
            + "pending list:\n  0: event 1 -> irq 17\n  0: event 3 -> irq 19 l2-clear",
    };

    public static TheoryData<string, string> Origins => new(
        from shape in s_shapes.Keys
        from encoding in (string[])["plain", "CRLF", "no-break spaces", "UTF-16"]
        select (shape, encoding));

    [Theory, MemberData(nameof(Origins))]
    public void No_combination_changes_a_value(string shape, string encoding)
    {
        var expected = Facts(Encoding.Latin1.GetBytes(s_shapes[shape] + "\n"), out _)!;
        Assert.True(expected.Count >= 4);
        var wrong = new List<string>();
        var whole = 0;
        foreach (var (prefix, withPrefix) in LogOriginTests.Prefixes)
        {
            foreach (var (wrapping, wrap) in LogOriginTests.Wrappings)
            {
                var text = wrap([.. s_shapes[shape].Split('\n').Select(withPrefix)]);
                if (Facts(LogOriginTests.Encodings[encoding](text), out var remark) is not { } facts) continue;
                var isSame = facts.SetEquals(expected);
                if (isSame) whole++;
                else if (!facts.IsSubsetOf(expected) || remark?.Contains("not be read", StringComparison.Ordinal) != true)
                    wrong.Add($"{prefix}, {wrapping}: {string.Join("; ", facts.Except(expected))} instead of "
                        + $"{string.Join("; ", expected.Except(facts))}, {remark}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        // Most combinations are read as a whole.
        Assert.True(whole > LogOriginTests.Prefixes.Count * LogOriginTests.Wrappings.Count / 2, $"Only {whole} are read.");
    }

    [Theory]
    [MemberData(nameof(CommonOrigins))]
    public void What_people_paste_is_read_as_a_whole(string shape, string wrapping)
    {
        var expected = Facts(Encoding.Latin1.GetBytes(s_shapes[shape] + "\n"), out _);
        var facts = Facts(Encoding.UTF8.GetBytes(LogOriginTests.Wrappings[wrapping](s_shapes[shape].Split('\n'))), out var remark);

        Assert.Equal(expected?.Order(), facts?.Order());
        Assert.DoesNotContain("not be read", remark ?? "", StringComparison.Ordinal);
    }

    public static TheoryData<string, string> CommonOrigins => new(
        from shape in s_shapes.Keys
        from wrapping in (string[])["none", "mail quote", "nested mail quote", "Markdown fence in a quote", "Markdown indentation",
            "Markdown fence", "trailing blanks", "empty lines between", "colours", "HTML entities", "HTML page", "HTML list",
            "quoted-printable", "quoted-printable in a quote", "zero-width spaces"]
        select (shape, wrapping));

    private static string Rows(string last) =>
        string.Concat(Enumerable.Repeat("   " + Words + "0000000000000000\n", 7)) + "   " + Words + last + "\n";

    // Returns everything that is known from a text; null if it is refused.
    private static HashSet<string>? Facts(byte[] bytes, out string? remark)
    {
        remark = null;
        IXenDataSource target;
        try
        {
            target = TargetFile.Read(new MemoryStream(bytes), "x");
        }
        catch (XenException error) when (error.Id == XenErrorId.FileNotRecognised)
        {
            return null;
        }
        var facts = new HashSet<string>();
        foreach (var domain in target.ReadDomains())
        {
            if (domain.State is not null || domain.CpuTimeNanoseconds is not null)
                facts.Add($"{domain.DomId}: {domain.State} {domain.ShutdownReason} {domain.OnlineVcpus} {domain.CpuTimeNanoseconds} "
                    + $"{domain.Uuid}");
            if (target.ReadName(domain.DomId) is { } name) facts.Add($"{domain.DomId}: {Blanks(name)}");
            foreach (var vcpu in target.DomainStates?.Domains.GetValueOrDefault(domain.DomId)?.Vcpus ?? [])
                facts.Add($"{domain.DomId}: {vcpu}");
            foreach (var port in target.Channels?.Domains.GetValueOrDefault(domain.DomId)?.Ports.Values ?? [])
                facts.Add($"{domain.DomId}: {port}");
            foreach (var device in target.ReadDevices(domain.DomId)?.Devices ?? [])
            {
                facts.Add($"{domain.DomId}: {device.Kind} {device.Id}");
                foreach (var node in device.Frontend) facts.Add($"{domain.DomId}: {device.Kind} {device.Id} {node}");
            }
            foreach (var node in target.ReadDeviceNodes(domain.DomId)) facts.Add($"{domain.DomId}: {node}");
        }
        remark = ConsoleLogTarget.GetToolRemark(target);
        return facts;
    }

    private static string Blanks(string text) => string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
