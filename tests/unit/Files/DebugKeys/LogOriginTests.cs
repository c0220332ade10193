using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using XenShared.Files.DebugKeys;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files.DebugKeys;

/// <summary>Tests each form of a line with the changes that loggers, mail programs, terminals and web pages make.</summary>
public sealed partial class LogOriginTests
{
    private static readonly Dictionary<string, string> s_shapes = new()
    {
        ["two-level"] = """
            (XEN) 'e' pressed -> dumping event-channel info
            (XEN) Event channel information for domain 3:
            (XEN) Polling vCPUs: {0-1,3}
            (XEN)     port [p/m/s]
            (XEN)        1 [1/0/1]: s=5 n=0 x=0 v=0
            (XEN)        2 [0/1/0]: s=3 n=10 x=0 d=0 p=22
            (XEN)        3 [0/0/1]: s=4 n=0 x=0 p=9 i=-1
            (XEN)        4 [0/1/0]: s=3 n=0 x=1 d=0 p=45
            (XEN)       65 [1/1/0]: s=6 n=0 x=0 Z=system_u:system_r:domU_t
            """,
        ["FIFO"] = """
            (XEN) 'e' pressed -> dumping event-channel info
            (XEN) Event channel information for domain 0:
            (XEN) Polling vCPUs: {}
            (XEN)     port [p/m/s]
            (XEN)        1 [0/0/  -   ]: s=5 n=0 x=0 v=0
            (XEN)        2 [1/1/B 12  ]: s=6 n=1 x=0
            (XEN)        3 [1/0/  0   ]: s=3 n=2 x=0 d=5 p=43
            (XEN)        4 [0/0/B -   ]: s=2 n=0 x=0 d=0
            (XEN)       15 [0/1/  131071]: s=4 n=1 x=0 p=9 i=-1
            (XEN)     1024 [0/1/?     ]: s=3 n=0 x=0 d=5 p=44
            """,
        ["Xen 4.0"] = """
            (XEN) 'e' pressed -> dumping event-channel info
            (XEN) Domain 0 polling vCPUs: 0000000b
            (XEN) Event channel information for domain 0:
            (XEN)     port [p/m]
            (XEN)        1 [0/0]: s=5 n=0 v=0 x=0
            (XEN)        2 [0/0]: s=6 n=0 x=0
            (XEN)       11 [1/0]: s=3 n=0 d=1 p=1 x=0
            (XEN)       15 [0/0]: s=4 n=0 p=9 x=0
            (XEN)       22 [0/0]: s=2 n=0 d=3 x=0
            (XEN) Domain 1 polling vCPUs: 00000000
            (XEN) Event channel information for domain 1:
            (XEN)     port [p/m]
            (XEN)        1 [1/1]: s=3 n=0 d=0 p=11 x=0
            """,
        ["Xen 4.2"] = """
            (XEN) 'e' pressed -> dumping event-channel info
            (XEN) Event channel information for domain 0:
            (XEN) Polling vCPUs: {1}
            (XEN)     port [p/m]
            (XEN)        1 [0/0]: s=5 n=0 x=0 v=0
            (XEN)       15 [0/0]: s=4 n=0 x=0 p=9 i=9
            """,
    };

    private static readonly Dictionary<string, string> s_stateShapes = new()
    {
        ["Xen 4.17"] = """
            (XEN) 'q' pressed -> dumping domain info (now = 1234567890)
            (XEN) General information for domain 0:
            (XEN)     refcnt=3 dying=0 pause_count=0
            (XEN)     nr_pages=262144 xenheap_pages=5 dirty_cpus={0-1} max_pages=4294967295
            (XEN)     handle=00000000-0000-0000-0000-000000000000 vm_assist=0000002d
            (XEN) Rangesets belonging to domain 0:
            (XEN)     Interrupts { 1-119, 121-138 }
            (XEN) Memory pages belonging to domain 0:
            (XEN)     DomPage list too long to display
            (XEN) NODE affinity for domain 0: [0]
            (XEN) VCPU information and callbacks for domain 0:
            (XEN)   UNIT0 affinities: hard={0-1} soft={0-63}
            (XEN)     VCPU0: CPU0 [has=T] poll=0 upcall_pend=01 upcall_mask=00 dirty_cpu=0
            (XEN)     pause_count=0 pause_flags=0
            (XEN) No periodic timer
            (XEN)   UNIT1 affinities: hard={0-1} soft={0-63}
            (XEN)     VCPU1: CPU1 [has=F] poll=0 upcall_pend=00 upcall_mask=00
            (XEN)     pause_count=0 pause_flags=1
            (XEN) 100 Hz periodic timer (period 10 ms)
            (XEN) General information for domain 3:
            (XEN)     refcnt=1 dying=2 pause_count=2
            (XEN)     nr_pages=12 xenheap_pages=0 shared_pages=0 paged_pages=0 dirty_cpus={} max_pages=65792
            (XEN)     handle=0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9 vm_assist=00000020
            (XEN)     paging assistance: hap refcounts translate external
            (XEN) VCPU information and callbacks for domain 3:
            (XEN)   UNIT0 affinities: hard={0-1} soft={0-63}
            (XEN)     VCPU0: CPU0 [has=F] poll=12 upcall_pend=01 upcall_mask=01
            (XEN)     pause_count=1 pause_flags=4
            (XEN)     paging assistance: hap, 4 levels
            (XEN) No periodic timer
            (XEN) Notifying guest 0:0 (virq 1, port 8)
            (XEN) Notifying guest 3:0 (virq 1, port 0)
            """,
        ["Xen 4.6"] = """
            (XEN) 'q' pressed -> dumping domain info (now=0x35:9A0A7C5B)
            (XEN) General information for domain 0:
            (XEN)     refcnt=3 dying=0 pause_count=0
            (XEN)     nr_pages=262144 xenheap_pages=5 shared_pages=0 paged_pages=0 dirty_cpus={0-1} max_pages=262144
            (XEN)     handle=00000000-0000-0000-0000-000000000000 vm_assist=0000000d
            (XEN) VCPU information and callbacks for domain 0:
            (XEN)     VCPU0: CPU0 [has=F] poll=0 upcall_pend=00 upcall_mask=00 dirty_cpus={}
            (XEN)     cpu_hard_affinity={0-1} cpu_soft_affinity={0-63}
            (XEN)     pause_count=0 pause_flags=1
            (XEN)     No periodic timer
            (XEN) Notifying guest 0:0 (virq 1, port 8)
            """,
        ["Xen 4.2"] = """
            (XEN) 'q' pressed -> dumping domain info (now=0x35:9A0A7C5B)
            (XEN) General information for domain 0:
            (XEN)     refcnt=3 dying=0 pause_count=1
            (XEN)     nr_pages=262144 xenheap_pages=5 shared_pages=0 paged_pages=0 dirty_cpus={0-1} max_pages=262144
            (XEN)     handle=00000000-0000-0000-0000-000000000000 vm_assist=0000000d
            (XEN) VCPU information and callbacks for domain 0:
            (XEN)     VCPU0: CPU0 [has=F] poll=0 upcall_pend = 00, upcall_mask = 01 dirty_cpus={} cpu_affinity={0}
            (XEN)     pause_count=0 pause_flags=0
            (XEN)     No periodic timer
            (XEN) Notifying guest 0:0 (virq 1, port 8, stat 0/0/0)
            """,
        ["Xen 4.0"] = """
            (XEN) 'q' pressed -> dumping domain info (now=0x35:9A0A7C5B)
            (XEN) General information for domain 0:
            (XEN)     refcnt=3 dying=0 nr_pages=262144 xenheap_pages=5 dirty_cpus={0-1} max_pages=262144
            (XEN)     handle=00000000-0000-0000-0000-000000000000 vm_assist=0000000d
            (XEN) VCPU information and callbacks for domain 0:
            (XEN)     VCPU0: CPU0 [has=F] flags=1 poll=0 upcall_pend = 00, upcall_mask = 00 dirty_cpus={} cpu_affinity={0-31}
            (XEN)     250 Hz periodic timer (period 4 ms)
            (XEN)     Notifying guest (virq 1, port 0, stat 0/-1/0)
            (XEN) General information for domain 1:
            (XEN)     refcnt=4 dying=0 nr_pages=4096 xenheap_pages=6 dirty_cpus={1} max_pages=4096
            (XEN)     handle=0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9 vm_assist=0000000d
            (XEN) VCPU information and callbacks for domain 1:
            (XEN)     VCPU0: CPU1 [has=T] flags=0 poll=-1 upcall_pend = 01, upcall_mask = 01 dirty_cpus={1} cpu_affinity={0-31}
            (XEN)     Notifying guest (virq 1, port 0, stat 0/-1/0)
            """,
    };

    private static readonly Dictionary<string, string> s_listShapes = new()
    {
        ["with its command"] = """
            root@dom0:~# /usr/lib/xen-4.17/bin/lsevtchn 3
               1: VCPU 0: Interdomain (Connected) - Remote Domain 0, Port 34
               2: VCPU 11: Interdomain (Waiting connection) - Remote Domain 0
               3: VCPU 0: Virtual IRQ 0
               4: VCPU 1: IPI
               5: VCPU 0: Physical IRQ 16
            1024: VCPU 1: Interdomain (Connected) - Remote Domain 32752, Port 131071
            """,
        ["without its command"] = """
               1: VCPU 0: Interdomain (Connected) - Remote Domain 0, Port 34
               3: VCPU 0: Virtual IRQ 0
               4: VCPU 0: IPI
            """,
    };

    internal static Dictionary<string, Func<string, string>> Prefixes { get; } = new()
    {
        ["none"] = line => line,
        ["Xen's date"] = line => line.Replace("(XEN) ", "(XEN) [2026-11-22 12:00:01.125] ", StringComparison.Ordinal),
        ["Xen's uptime"] = line => line.Replace("(XEN) ", "(XEN) [  297.542134] ", StringComparison.Ordinal),
        ["syslog"] = line => "Nov  2 12:00:01 host xen: " + line,
        ["syslog with fraction"] = line => "Nov 22 12:00:01.384823 " + line,
        ["syslog with priority"] = line => "<14>Nov 22 12:00:01 host xenconsoled[345]: " + line,
        ["RFC 5424"] = line => "<14>1 2026-11-22T12:00:01.125+00:00 host xen 345 - - " + line,
        ["ISO syslog"] = line => "2026-11-22T12:00:01.125+01:00 host xen: " + line,
        ["journald"] = line => "Nov 22 12:00:01 host xl[345]: " + line,
        ["hypervisor.log"] = line => "[2020-08-22 10:09:03] " + line.Replace("(XEN) ", "(XEN) [  297.542134] ", StringComparison.Ordinal),
        ["conserver"] = line => "[Sun Nov 22 12:00:01 2026] " + line,
        ["serial logger"] = line => "12:00:01.384 " + line,
        ["serial logger with date"] = line => "2026-11-22 12:00:01,384 " + line,
        ["grep"] = line => "12345:" + line,
        ["grep of files"] = line => "/var/log/xen/hypervisor.log:12345:" + line,
        ["grep with context"] = line => (line.Contains("pressed", StringComparison.Ordinal) ? "12345:" : "12346-") + line,
        ["grep of files with context"] = line =>
            (line.Contains("pressed", StringComparison.Ordinal) ? "xen-1.log:12345:" : "xen-1.log-12346-") + line,
        ["short ISO date"] = line => "20261122T120001Z " + line,
        ["US date"] = line => "11/22/2026 1:00:01 PM " + line,
        ["German date"] = line => "22.11.2026 12:00:01 " + line,
        ["name of a container"] = line => "xen-1  | " + line,
        ["conserver with name"] = line => "host: [2026-11-22 12:00:01]" + line,
    };

    internal static Dictionary<string, Func<string[], string>> Wrappings { get; } = new()
    {
        ["none"] = lines => Join(lines),
        ["mail quote"] = lines => Join(lines.Select(line => "> " + line)),
        ["nested mail quote"] = lines => Join(lines.Select(line => ">> | " + line)),
        ["quote with a name"] = lines => Join(lines.Select(line => "Bob> " + line)),
        ["quote with initials"] = lines => Join(lines.Select(line => "JB>> " + line)),
        ["Markdown fence in a quote"] = lines => "> text\n>\n> ```text\n" + Join(lines.Select(line => "> " + line)) + "> ```\n",
        ["Markdown list"] = lines => Join(lines.Select(line => "> > - " + line)),
        ["Markdown code"] = lines => Join(lines.Select(line => $"`{line}`")),
        ["Markdown emphasis"] = lines => Join(lines.Select(line => $"**{line}**")),
        ["CSV"] = lines => Join(lines.Select(line => $"\"{line}\"")),
        ["JSON array"] = lines => $"[\n{string.Join(",\n", lines.Select(line => $"  \"{line}\""))}\n]\n",
        ["Markdown indentation"] = lines => "text\n\n" + Join(lines.Select(line => "    " + line)) + "\ntext\n",
        ["Markdown fence"] = lines => "```\n" + Join(lines) + "```\n",
        ["trailing blanks"] = lines => Join(lines.Select(line => line + "   ")),
        ["collapsed blanks"] = lines => Join(lines.Select(line => Blanks().Replace(line, " "))),
        ["tabs"] = lines => Join(lines.Select(line => line.Replace("    ", "\t", StringComparison.Ordinal))),
        ["empty lines between"] = lines => string.Join("\n\n", lines) + "\n\n",
        ["colours"] = lines => Join(lines.Select(line => $"\u001b[1;32m{line}\u001b[0m\u001b[K")),
        ["HTML entities"] = lines => Join(lines.Select(WebUtility.HtmlEncode)!),
        ["HTML page"] = lines => $"<html><body><pre>{string.Join("<br/>", lines.Select(WebUtility.HtmlEncode))}</pre></body></html>\n",
        ["HTML list"] = lines => Join(lines.Select(line => $"<li><code>{WebUtility.HtmlEncode(line)}</code></li>")),
        ["HTML table"] = lines => "<table>\n" + Join(
            lines.Select((line, at) =>
                $"<tr><td class=\"number\">{at}</td><td><a id=\"l{at}\"></a>{WebUtility.HtmlEncode(line)}</td></tr>")),
        ["quoted-printable in a quote"] = lines => Join(lines.SelectMany(QuotedPrintable).Select(line => "> > " + line)),
        ["typographic quotes"] = lines => Join(lines.Select(line => line
            .Replace("'e'", "\u2018e\u2019", StringComparison.Ordinal)
            .Replace("->", "\u2192", StringComparison.Ordinal))),
        ["zero-width spaces"] = lines => Join(lines.Select(line => "\u200b" + line)),
        ["quoted-printable"] = lines => Join(lines.SelectMany(QuotedPrintable)),
        ["wrapped by a terminal"] = lines => Join(lines.SelectMany(line => line.Chunk(80).Select(part => new string(part)))),
        ["wrapped by a mail program"] = lines => Join(lines.SelectMany(Wrap)),
        ["missing (XEN)"] = lines => Join(lines.Select(line => line.Replace("(XEN) ", "", StringComparison.Ordinal))),
    };

    internal static Dictionary<string, Func<string, byte[]>> Encodings { get; } = new()
    {
        ["plain"] = Encoding.UTF8.GetBytes,
        ["CRLF"] = text => Encoding.UTF8.GetBytes(text.Replace("\n", "\r\n", StringComparison.Ordinal)),
        ["LFCR"] = text => Encoding.UTF8.GetBytes(text.Replace("\n", "\n\r", StringComparison.Ordinal)),
        ["CR"] = text => Encoding.UTF8.GetBytes(text.Replace("\n", "\r", StringComparison.Ordinal)),
        ["UTF-8 with mark"] = text => [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text)],
        ["no-break spaces"] = text => Encoding.UTF8.GetBytes(text.Replace("   ", " \u00a0 ", StringComparison.Ordinal)),
        ["UTF-16"] = text => [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(text)],
        ["UTF-16 big endian"] = text => [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(text)],
        ["UTF-16 without mark"] = Encoding.Unicode.GetBytes,
        ["zero bytes"] = text => Encoding.UTF8.GetBytes(text.Replace("\n", "\n\0\0", StringComparison.Ordinal)),
        ["gzip"] = Pack,
    };

    public static TheoryData<string, string> Origins => new(
        from shape in s_shapes.Keys from encoding in Encodings.Keys select (shape, encoding));

    [Theory, MemberData(nameof(Origins))]
    public void Every_combination_is_read_or_its_lines_are_counted(string shape, string encoding)
    {
        var expected = Read(Encoding.Latin1.GetBytes(s_shapes[shape] + "\n"));
        Assert.True(expected.Channels is { HasAllDomains: true } && expected.Channels.Domains.Values.All(domain => domain.IsComplete));
        var wrong = new List<string>();
        foreach (var (prefix, withPrefix) in Prefixes)
        {
            foreach (var (wrapping, wrap) in Wrappings)
            {
                var text = wrap([.. s_shapes[shape].Split('\n').Select(withPrefix)]);
                if (TryRead(Encodings[encoding](text)) is not { } log)
                {
                    wrong.Add($"{prefix}, {wrapping}: not recognized");
                    continue;
                }
                var isSame = IsSame(expected.Channels, log.Channels);
                if (!isSame && (!IsPart(expected.Channels, log.Channels) || log.UnreadLineCount == 0))
                    wrong.Add($"{prefix}, {wrapping}: {log.Channels.Domains.Values.Sum(domain => domain.Ports.Count)} ports, "
                        + $"{log.UnreadLineCount} unread");
                // Only a break within a number cannot always be repaired.
                else if (!isSame && !wrapping.StartsWith("wrapped", StringComparison.Ordinal))
                    wrong.Add($"{prefix}, {wrapping}: not whole");
                if (log.LacksPrefix != (wrapping == "missing (XEN)")) wrong.Add($"{prefix}, {wrapping}: lacks (XEN)? {log.LacksPrefix}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    public static TheoryData<string, string> StateOrigins => new(
        from shape in s_stateShapes.Keys from encoding in Encodings.Keys select (shape, encoding));

    [Theory, MemberData(nameof(StateOrigins))]
    public void Every_combination_of_key_q_is_read_or_its_lines_are_counted(string shape, string encoding)
    {
        var expected = Read(Encoding.Latin1.GetBytes(s_stateShapes[shape] + "\n")).States;
        Assert.True(expected is { Remark: null, Domains.Count: > 0 });
        var wrong = new List<string>();
        foreach (var (prefix, withPrefix) in Prefixes)
        {
            foreach (var (wrapping, wrap) in Wrappings)
            {
                var text = wrap([.. s_stateShapes[shape].Split('\n').Select(withPrefix)]);
                if (TryRead(Encodings[encoding](text))?.States is not { } states)
                {
                    wrong.Add($"{prefix}, {wrapping}: not recognized");
                    continue;
                }
                var hasUnread = states.Remark?.Contains("not be read", StringComparison.Ordinal) == true;
                if (!IsSame(expected, states) && !(hasUnread && wrapping.StartsWith("wrapped", StringComparison.Ordinal)))
                    wrong.Add($"{prefix}, {wrapping}: {states.Domains.Count} domains, {states.Remark}");
                if (!states.Domains.Values.All(domain => IsPart(expected.Domains[domain.DomId], domain)))
                    wrong.Add($"{prefix}, {wrapping}: a wrong value");
            }
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    public static TheoryData<string, string> ListOrigins => new(
        from shape in s_listShapes.Keys from encoding in Encodings.Keys select (shape, encoding));

    [Theory, MemberData(nameof(ListOrigins))]
    public void Every_combination_of_lsevtchn_is_read(string shape, string encoding)
    {
        var expected = Read(Encoding.Latin1.GetBytes(s_listShapes[shape] + "\n")).PortLists.Values.Single();
        var wrong = new List<string>();
        foreach (var (prefix, withPrefix) in Prefixes)
        {
            foreach (var (wrapping, wrap) in Wrappings)
            {
                var text = wrap([.. s_listShapes[shape].Split('\n').Select(withPrefix)]);
                var log = TryRead(Encodings[encoding](text));
                if (log is not { PortLists.Count: 1 }) wrong.Add($"{prefix}, {wrapping}: not recognized");
                else if (!log.PortLists.Values.Single().Bound.SequenceEqual(expected.Bound)
                    && !(wrapping.StartsWith("wrapped", StringComparison.Ordinal)
                        && log.PortLists.Values.Single().Bound.All(expected.Bound.Contains)
                        && log.ToolRemark?.Contains("not be read", StringComparison.Ordinal) == true))
                    wrong.Add($"{prefix}, {wrapping}: {log.PortLists.Values.Single().Bound.Count} ports, {log.ToolRemark}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    [Fact]
    public void Values_of_key_q_are_read()
    {
        var states = Read(Encoding.Latin1.GetBytes(s_stateShapes["Xen 4.17"] + "\n")).States!;
        var (control, zombie) = (states.Domains[0], states.Domains[3]);

        Assert.Equal(
            (DomainState.Running, 3, 262144ul, Guid.Empty, 1, 2),
            (control.State, control.ReferenceCount, control.Pages, control.Uuid, control.ToDomainInfo().MaxVcpuId,
                control.ToDomainInfo().OnlineVcpus));
        Assert.Equal(
            [new HypervisorVcpu(0, true, null, true, false, 0, VcpuPauseFlags.None),
                new HypervisorVcpu(1, false, null, false, false, 0, VcpuPauseFlags.Blocked)],
            control.Vcpus);
        Assert.Equal([VcpuState.Running, VcpuState.Blocked], control.Vcpus.Select(control.StateOf));
        Assert.Equal((DomainState.Dying, 1, 12ul), (zombie.State, zombie.ReferenceCount, zombie.Pages));
        Assert.Equal(Guid.Parse("0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"), zombie.Uuid);
        Assert.Equal(new HypervisorVcpu(0, false, 12, true, true, 1, VcpuPauseFlags.BlockedInXen), Assert.Single(zombie.Vcpus));
        Assert.Equal(VcpuState.Paused, zombie.StateOf(zombie.Vcpus[0]));
    }

    [Theory]
    [InlineData("Xen 4.6", 0, DomainState.Blocked, VcpuState.Blocked)]
    [InlineData("Xen 4.2", 0, DomainState.Paused, VcpuState.Paused)]
    [InlineData("Xen 4.0", 0, null, VcpuState.Blocked)]
    [InlineData("Xen 4.0", 1, DomainState.Running, VcpuState.Running)]
    public void States_follow_from_key_q(string shape, int domId, DomainState? domain, VcpuState? vcpu)
    {
        var state = Read(Encoding.Latin1.GetBytes(s_stateShapes[shape] + "\n")).States!.Domains[(ushort)domId];

        Assert.Equal((domain, vcpu), (state.State, state.StateOf(state.Vcpus[0])));
    }

    [Fact]
    public void A_log_with_both_keys_is_one_answer()
    {
        foreach (var text in new[]
            {
                $"{s_shapes["two-level"]}\n{s_stateShapes["Xen 4.17"]}\n",
                $"{s_stateShapes["Xen 4.17"]}\n{s_shapes["two-level"]}\n",
            })
        {
            var log = Read(Encoding.Latin1.GetBytes(text));
            Assert.True(log.Channels.HasAllDomains && log.Channels.Domains[3].IsComplete);
            Assert.True(log.States is { Remark: null } states && states.Domains.Values.All(domain => domain.HasAllVcpus));
            Assert.Equal((1, 1), (log.Dumps, log.SelectedDump));
        }
    }

    [Fact]
    public void A_capture_of_a_log_contains_the_states_of_key_q()
    {
        foreach (var text in new[] { s_stateShapes["Xen 4.17"] + "\n", $"{s_shapes["two-level"]}\n{s_stateShapes["Xen 4.17"]}\n" })
        {
            using var log = TargetFile.Read(new MemoryStream(Encoding.Latin1.GetBytes(text)), "x");
            var written = new MemoryStream();
            new CaptureExport(log, new RecordingObserver()).Run(DomainSelection.All, written);
            using var capture = TargetFile.Read(new MemoryStream(written.ToArray()), "x");

            Assert.True(IsSame(log.DomainStates!, capture.DomainStates!));
            Assert.Equal(
                new VcpuQuery(log, new RecordingObserver()).Run(DomainSelection.All),
                new VcpuQuery(capture, new RecordingObserver()).Run(DomainSelection.All));
            Assert.Equal(Domains(log), Domains(capture));
        }
    }

    [Theory]
    [InlineData("(XEN) Notifying", 2)]
    [InlineData("(XEN)     VCPU0: CPU0 [has=F] poll=12", 1)]
    [InlineData("(XEN)     pause_count=1 pause_flags=4", 1)]
    public void A_vCPU_count_is_not_known_if_lines_can_be_missing(string lastLine, int whole)
    {
        var text = s_stateShapes["Xen 4.17"];
        var log = Read(Encoding.Latin1.GetBytes(text[..text.IndexOf(lastLine, StringComparison.Ordinal)] + (whole == 2 ? lastLine : "")));

        Assert.Equal([true, false], log.States!.Domains.Values.Select(domain => domain.HasAllVcpus));
        Assert.Null(log.States.Domains[3].ToDomainInfo().MaxVcpuId);
    }

    [Fact]
    public void A_line_of_another_source_is_no_part_of_key_q()
    {
        var text = s_stateShapes["Xen 4.17"].Replace(
            "(XEN)     VCPU1: CPU1", "(d3)     VCPU1: CPU1", StringComparison.Ordinal);

        Assert.Single(Read(Encoding.Latin1.GetBytes(text + "\n")).States!.Domains[0].Vcpus);
    }

    [Theory]
    [InlineData("two-level", 0, 1, 3)]
    [InlineData("FIFO")]
    [InlineData("Xen 4.0", 0, 1, 3)]
    [InlineData("Xen 4.2", 1)]
    public void Polling_vCPUs_are_read(string shape, params int[] expected) =>
        Assert.Equal(expected, Read(Encoding.Latin1.GetBytes(s_shapes[shape] + "\n")).Channels.Domains.First().Value.PollingVcpus);

    [Theory]
    [InlineData("(d3) ")]
    [InlineData("(d3) (XEN) ")]
    [InlineData("Nov 22 12:00:01 host (d3) ")]
    [InlineData("> (d3) ")]
    [InlineData("[2020-08-22 10:09:03] (d3) ")]
    [InlineData("a word or two and ")]
    public void What_a_guest_prints_is_never_a_line_of_Xens(string guest)
    {
        var whole = s_shapes["two-level"] + "\n";
        var forged = $"{guest}       70 [1/0/1]: s=3 n=0 x=0 d=0 p=35\n";
        foreach (var style in new[] { whole, whole.Replace("(XEN) ", "", StringComparison.Ordinal) })
        {
            var log = Read(Encoding.Latin1.GetBytes(style + forged));
            Assert.DoesNotContain(70u, log.Channels.Domains[3].Ports.Keys);
        }
    }

    [Fact]
    public void A_line_without_XEN_is_no_part_of_a_dump_with_it()
    {
        var log = Read(Encoding.Latin1.GetBytes(s_shapes["two-level"] + "\n       70 [1/0/1]: s=3 n=0 x=0 d=0 p=35\n"));

        Assert.DoesNotContain(70u, log.Channels.Domains[3].Ports.Keys);
    }

    [Theory]
    [InlineData("[2020-08-22 10:09:03] ", "2020-08-22T10:09:03Z", false)]
    [InlineData("2020-08-22T10:09:03.250+02:00 host xen: ", "2020-08-22T08:09:03.25Z", true)]
    [InlineData("2020-08-22 10:09:03,5 ", "2020-08-22T10:09:03.5Z", false)]
    [InlineData("[Sat Aug 22 10:09:03 2020] ", "2020-08-22T10:09:03Z", false)]
    [InlineData("[2020-08-22 10:09:03 UTC] ", "2020-08-22T10:09:03Z", true)]
    [InlineData("Aug 22 10:09:03 host xen: ", null, false)]
    [InlineData("10:09:03 ", null, false)]
    public void The_date_of_a_logger_is_the_time_of_the_dump(string logger, string? time, bool hasZone)
    {
        var log = Read(Encoding.Latin1.GetBytes(Join(s_shapes["two-level"].Split('\n').Select(line => logger + line))));

        Assert.Equal(time is null ? null : DateTimeOffset.Parse(time, null), log.Channels.TakenAt);
        Assert.Equal(time is not null && !hasZone, log.LacksTimeZone);
        Assert.Equal(
            log.LacksTimeZone,
            new ConsoleLogTarget(log, "x").ChannelsRemark?.Contains("time zone", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public void Xens_own_date_counts_more_than_the_loggers()
    {
        var log = Read(Encoding.Latin1.GetBytes(Join(
            s_shapes["two-level"].Split('\n').Select(line =>
                "[2020-08-22 10:09:03] " + line.Replace("(XEN) ", "(XEN) [2026-11-22 12:00:01] ", StringComparison.Ordinal)))));

        Assert.Equal((new DateTimeOffset(2026, 11, 22, 12, 0, 1, TimeSpan.Zero), false), (log.Channels.TakenAt, log.LacksTimeZone));
    }

    [Fact]
    public void Lines_that_cannot_be_read_are_named_by_their_numbers()
    {
        var lines = s_shapes["two-level"].Split('\n');
        lines[5] = "(XEN)        2 [0/1/0]: s=3 n=10 x=0 d=0";
        lines[7] = "(XEN)        4 [0/1";
        var log = Read(Encoding.Latin1.GetBytes("first line\r\n" + string.Join("\r\n", lines) + "\r\n"));

        Assert.Equal(2, log.UnreadLineCount);
        Assert.Equal([7, 9], log.UnreadLines);
        Assert.Contains("Lines 7, 9 could not be read", new ConsoleLogTarget(log, "x").ChannelsRemark, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gzip_file_without_its_end_is_read_with_a_warning()
    {
        var whole = Pack(string.Concat(Enumerable.Repeat(s_shapes["two-level"] + "\n", 1000)));

        for (var missing = 1; missing < whole.Length; missing += missing < 20 ? 1 : 97)
        {
            var log = TryRead(whole[..^missing]);
            Assert.True(log is null or { IsCompressedPart: true });
            if (log is not null)
                Assert.Contains("is missing", new ConsoleLogTarget(log, "x").ChannelsRemark, StringComparison.Ordinal);
        }
        Assert.False(Read(whole).IsCompressedPart);
        Assert.False(Read([.. whole, .. whole]).IsCompressedPart);
        Assert.Equal(3u, Read(whole[..^1]).Channels.Domains.Keys.Single());
    }

    // As 'cat' of rotated logs makes it. A log in it can be empty, and large: then its content is returned in many parts.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(1000, 3)]
    [InlineData(3, 1000)]
    public void A_gzip_file_of_several_members_without_its_end_is_read_with_a_warning(int first, int last)
    {
        var shape = s_shapes["two-level"] + "\n";
        byte[] begin = [.. Pack(string.Concat(Enumerable.Repeat(shape, first))), .. Pack(shape), .. Pack("")];
        var end = Pack(string.Concat(Enumerable.Repeat(shape, last)));

        Assert.False(Read([.. begin, .. end]).IsCompressedPart);
        for (var missing = 1; missing < end.Length; missing += missing < 24 ? 1 : 499)
            Assert.True(Read([.. begin, .. end[..^missing]]).IsCompressedPart, $"{missing} of {end.Length} bytes");
    }

    [Fact]
    public void Each_dump_can_be_selected()
    {
        var second = s_shapes["two-level"].Replace("1 [1/0/1]", "1 [0/0/1]", StringComparison.Ordinal);
        var text = Encoding.Latin1.GetBytes($"{s_shapes["two-level"]}\n{second[(second.IndexOf('\n') + 1)..]}\n{s_shapes["FIFO"]}\n");

        Assert.Equal(
            [(3, 3, 0), (3, 1, 3), (3, 2, 3), (3, 3, 0)],
            new int?[] { null, 1, 2, 3 }.Select(dump => ConsoleLogReader.Read(new MemoryStream(text), "x", dump)!)
                .Select(log => (log.Dumps, log.SelectedDump, (int)log.Channels.Domains.Keys.First())));
        Assert.Equal(
            XenErrorId.FileNotRecognised,
            Assert.Throws<XenException>(() => ConsoleLogReader.Read(new MemoryStream(text), "x", 4)).Id);
        Assert.False(ConsoleLogReader.Read(new MemoryStream(text), "x", 2)!.Channels.Domains[3].Ports[1].Pending);
    }

    private static IEnumerable<(DomainState?, Guid?, int?, ulong?, int?)> Domains(IXenDataSource source) =>
        new DomainQuery(source, new RecordingObserver())
            .Run(DomainSelection.All)
            .Select(domain => (domain.State, domain.Uuid, domain.VcpuCount, domain.MemoryBytes, domain.ReferenceCount));

    private static ConsoleLog Read(byte[] bytes) => Assert.IsType<ConsoleLog>(TryRead(bytes));

    private static ConsoleLog? TryRead(byte[] bytes)
    {
        try
        {
            using var target = TargetFile.Read(new MemoryStream(bytes), "x");
            return ((ConsoleLogTarget)target).Log;
        }
        catch (XenException error) when (error.Id == XenErrorId.FileNotRecognised)
        {
            return null;
        }
    }

    private static bool IsSame(HypervisorChannels expected, HypervisorChannels actual) =>
        expected.HasAllDomains == actual.HasAllDomains
        && expected.Domains.Keys.SequenceEqual(actual.Domains.Keys)
        && expected.Domains.Values.All(domain => actual.Domains[domain.DomId] is { IsComplete: true } other
            && other.Ports.Values.SequenceEqual(domain.Ports.Values)
            && domain.PollingVcpus!.SequenceEqual(other.PollingVcpus ?? []));

    private static bool IsSame(HypervisorDomainStates expected, HypervisorDomainStates actual) =>
        expected.Domains.Keys.SequenceEqual(actual.Domains.Keys)
        && expected.Domains.Values.All(domain => actual.Domains[domain.DomId] is { } other
            && other.HasAllVcpus == domain.HasAllVcpus
            && other with { Vcpus = domain.Vcpus } == domain
            && other.Vcpus.SequenceEqual(domain.Vcpus));

    // A value that could not be read is null.
    private static bool IsPart(HypervisorDomainState expected, HypervisorDomainState actual) =>
        (actual.ReferenceCount is null || actual.ReferenceCount == expected.ReferenceCount)
        && (actual.Pages is null || actual.Pages == expected.Pages)
        && (actual.Uuid is null || actual.Uuid == expected.Uuid)
        && actual.Vcpus.All(vcpu => expected.Vcpus.Any(whole => whole == vcpu
            || vcpu == whole with { PauseCount = null, PauseFlags = null }));

    private static bool IsPart(HypervisorChannels expected, HypervisorChannels actual) =>
        actual.Domains.Values.All(domain => domain.Ports.Values.All(port =>
            expected.Domains[domain.DomId].Ports.TryGetValue(port.Port, out var whole) && whole == port));

    private static string Join(IEnumerable<string> lines) => string.Concat(lines.Select(line => line + "\n"));

    // RFC 2045: at most 76 characters, '=' as =3D, and a '=' at the end of a line that continues.
    private static IEnumerable<string> QuotedPrintable(string line)
    {
        var encoded = line.Replace("=", "=3D", StringComparison.Ordinal);
        while (encoded.Length > 76)
        {
            var cut = encoded.LastIndexOf('=', 75) is var code and > 72 ? code : 75;
            yield return encoded[..cut] + "=";
            encoded = encoded[cut..];
        }
        yield return encoded;
    }

    private static IEnumerable<string> Wrap(string line)
    {
        while (line.Length > 78 && line.LastIndexOf(' ', 78) is var cut and > 40)
        {
            yield return line[..cut];
            line = line[(cut + 1)..];
        }
        yield return line;
    }

    private static byte[] Pack(string text)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    [GeneratedRegex(" +")]
    private static partial Regex Blanks();
}
