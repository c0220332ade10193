using System.Globalization;
using System.Text;

namespace XenShared.Fuzz.Samples;

/// <summary>
/// Writes what Xen prints at debug keys <c>e</c> and <c>q</c>, and the output of <c>lsevtchn</c>, among lines of others, and with the
/// losses of real consoles.
/// </summary>
public sealed class ConsoleLogWriter(Random random)
{
    private static readonly string[] s_others =
    [
        "(d1) hello",
        "(XEN) d3v0 Unhandled page fault",
        "[   12.345] eth0: link is up",
        "",
        "(XEN) Xen version 4.17.7 (Debian 4.17.7-1) (x) debug=n",
    ];
    private static readonly string[] s_times =
    [
        "",
        "",
        "",
        "[2026-11-22 12:00:01] ",
        "[2026-11-22 12:00:01.125] ",
        "[   45.123456] ",
        "[000000ab12cd34ef] ",
    ];
    private static readonly string[] s_loggers =
    [
        "",
        "",
        "",
        "[2026-11-22 12:00:01 UTC] ",
        "Nov 22 12:00:01 host xen: ",
        "2026-11-22T12:00:01+00:00 ",
    ];

    /// <summary>Returns a log with several dumps.</summary>
    public string Write()
    {
        var text = new StringBuilder();
        var start = s_loggers[random.Next(s_loggers.Length)] + "(XEN) " + s_times[random.Next(s_times.Length)];
        for (var dumps = random.Next(1, 4); dumps > 0; dumps--)
        {
            Others(text);
            if (random.Next(8) > 0) text.Append(start).Append("'e' pressed -> dumping event-channel info\n");
            var domId = 0;
            for (var domains = random.Next(1, 4); domains > 0; domains--, domId += random.Next(1, 4)) Domain(text, start, domId);
            if (random.Next(2) == 0) States(text, start);
            if (random.Next(3) == 0) PortList(text);
        }
        Others(text);
        return text.ToString();
    }

    private void Domain(StringBuilder text, string start, int domId)
    {
        text.Append(start).Append(CultureInfo.InvariantCulture, $"Event channel information for domain {domId}:\n");
        text.Append(start).Append("Polling vCPUs: {}\n").Append(start).Append("    port [p/m/s]\n");
        var isFifo = random.Next(2) == 0;
        for (var port = random.Next(1, 3); port < 12; port += random.Next(1, 4))
        {
            if (random.Next(16) == 0)
                Others(text);
            var third = (isFifo, random.Next(4)) switch
            {
                (false, var bit) => $"{bit & 1}",
                (true, 0) => "B -   ",
                (true, 1) => $"  {port,-4}",
                (true, 2) => "?     ",
                _ => "  -   ",
            };
            var rest = random.Next(5) switch
            {
                0 => "s=2 n=0 x=0 d=0",
                1 => $"s=3 n=0 x={random.Next(2)} d=0 p={port + 20}",
                2 => "s=4 n=0 x=0 p=9 i=9",
                3 => "s=5 n=1 x=0 v=0",
                _ => "s=6 n=1 x=0",
            };
            text.Append(start).Append(CultureInfo.InvariantCulture, $"    {port,4} [{random.Next(2)}/{random.Next(2)}/{third}]: {rest}\n");
        }
    }

    private void States(StringBuilder text, string start)
    {
        if (random.Next(8) > 0) text.Append(start).Append("'q' pressed -> dumping domain info (now = 12345)\n");
        var isOld = random.Next(3) == 0;
        var domId = 0;
        for (var domains = random.Next(1, 4); domains > 0; domains--, domId += random.Next(1, 4))
        {
            string[] lines = isOld
                ? ["    refcnt=3 dying=0 nr_pages=4096 xenheap_pages=6 dirty_cpus={0-1} max_pages=4096"]
                : [
                    $"    refcnt={random.Next(4)} dying={random.Next(3)} pause_count={random.Next(3)}",
                    "    nr_pages=4096 xenheap_pages=6 shared_pages=0 paged_pages=0 dirty_cpus={0-1} max_pages=4096",
                ];
            text.Append(start).Append(CultureInfo.InvariantCulture, $"General information for domain {domId}:\n");
            foreach (var line in lines) text.Append(start).Append(line).Append('\n');
            text.Append(start).Append("    handle=0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9 vm_assist=00000020\n");
            text.Append(start).Append(CultureInfo.InvariantCulture, $"VCPU information and callbacks for domain {domId}:\n");
            for (var vcpu = 0; vcpu < random.Next(1, 4); vcpu++) Vcpu(text, start, vcpu, isOld);
        }
        if (!isOld) text.Append(start).Append("Notifying guest 0:0 (virq 1, port 8)\n");
    }

    private void Vcpu(StringBuilder text, string start, int vcpu, bool isOld)
    {
        if (random.Next(16) == 0) Others(text);
        var flags = random.Next(5);
        var (pending, mask) = (random.Next(2), random.Next(2));
        string[] lines = isOld
            ? [$"    VCPU{vcpu}: CPU0 [has=F] flags={flags} poll=0 upcall_pend = 0{pending}, upcall_mask = 0{mask} dirty_cpus={{}} "]
            : [
                $"    VCPU{vcpu}: CPU0 [has=T] poll=-1 upcall_pend=0{pending} upcall_mask=0{mask} dirty_cpu=1",
                $"    pause_count=0 pause_flags={flags}",
            ];
        foreach (var line in lines) text.Append(start).Append(line).Append('\n');
    }

    private void PortList(StringBuilder text)
    {
        if (random.Next(4) > 0) text.Append(CultureInfo.InvariantCulture, $"root@dom0:~# lsevtchn {random.Next(5)}\n");
        for (var port = random.Next(1, 3); port < 12; port += random.Next(1, 4))
        {
            if (random.Next(16) == 0) Others(text);
            var binding = random.Next(6) switch
            {
                0 => "Interdomain (Waiting connection) - Remote Domain 0",
                1 => $"Interdomain (Connected) - Remote Domain {random.Next(4)}, Port {port + 20}",
                2 => "Physical IRQ 9",
                3 => "Virtual IRQ 0",
                // A status that lsevtchn does not know.
                4 => "Unknown",
                _ => "IPI",
            };
            text.Append(CultureInfo.InvariantCulture, $"{port,4}: VCPU {random.Next(3)}: {binding}\n");
        }
    }

    private void Others(StringBuilder text)
    {
        for (var lines = random.Next(3); lines > 0; lines--) text.Append(s_others[random.Next(s_others.Length)]).Append('\n');
    }
}
