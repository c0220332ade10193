using System.Globalization;
using System.Text;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files.DebugKeys;

/// <summary>Tests the output of Linux's debug interrupt: the bitmaps and selectors of one guest with two-level channels.</summary>
public sealed class LinuxDebugTests
{
    [Fact]
    public void The_output_of_a_real_guest_is_read()
    {
        var observer = new RecordingObserver();
        using var target = Open(Data("linux-debug.txt"));

        var channels = new EventChannelQuery(target, observer).Run(DomainSelection.All).ToArray();
        var vcpus = new VcpuQuery(target, observer).Run(DomainSelection.All).ToArray();

        Assert.Equal(Enumerable.Range(1, 15), channels.Select(channel => (int)channel.Port));
        Assert.Equal([2u, 3, 4, 10], channels.Where(channel => channel.Pending == true).Select(channel => channel.Port));
        Assert.Equal(4u, Assert.Single(channels, channel => channel.Masked == true).Port);
        Assert.All(
            channels,
            channel => Assert.Equal(
                (32756, null, null, StateSource.SharedPage, EventAbi.TwoLevel),
                (channel.DomId, channel.State, channel.Vcpu, channel.Source!.Value, channel.EventAbi)));
        // The list of pending events names the vCPU of each.
        Assert.Equal([2u, 3, 4], channels.Where(channel => channel.InSelector == true).Select(channel => channel.Port));
        Assert.Equal(
            [(0, true, (bool?)null, 1ul), (1, false, true, 0ul)],
            vcpus.Select(vcpu => (vcpu.Vcpu, vcpu.UpcallPending!.Value, vcpu.UpcallMask, vcpu.PendingSelector!.Value)));
        Assert.All(vcpus, vcpu => Assert.True(vcpu.IsLive));
        Assert.Contains(observer.Warnings, warning =>
            warning.Message.Contains("Linux does not print the number of its domain", StringComparison.Ordinal));
        Assert.Contains(observer.Warnings, warning => warning.Message.Contains("There are 2 outputs", StringComparison.Ordinal));
        Assert.Empty(observer.Errors);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void Every_port_is_at_its_place(int digits)
    {
        var bits = digits * 4;
        for (var port = 1; port < bits * bits; port += 13)
        {
            foreach (var isOld in (bool[])[true, false])
            {
                using var target = Open(Dump(digits, [port], [], isOld));
                // In the 64-bit layout, the clock of firmware can have left bits at these ports.
                var isLeft = digits == 16 && port is >= 2048 and < 2144;
                Assert.Equal(isLeft ? [] : [(uint)port], target.ReadPorts(32756).Bound.Select(bound => bound.Port));
                using var unmasked = Open(Dump(digits, [], [port], isOld));
                var found = Assert.Single(unmasked.Channels!.Domains[32756].Ports.Values);
                Assert.Equal(((uint)port, false, false), (found.Port, found.Pending, found.Masked));
            }
        }
    }

    [Fact]
    public void An_output_with_a_missing_line_is_not_used()
    {
        var lines = Dump(16, [5], [5, 7], isOld: false).Split('\n');
        var needed = Enumerable.Range(0, lines.Length - 1).Where(at => at < Array.IndexOf(lines, "globally unmasked:")).ToArray();
        var refused = 0;
        foreach (var left in needed)
        {
            var text = string.Join('\n', lines.Where((_, at) => at != left));
            try
            {
                using var target = Open(text);
                // The line of a vCPU can be missing, and blank ones.
                var ports = target.Channels!.Domains[32756].Ports.Values;
                Assert.Equal([(5u, true), (7u, false)], ports.Select(port => (port.Port, port.Pending!.Value)));
            }
            catch (XenException error) when (error.Id == XenErrorId.FileNotRecognised)
            {
                Assert.Contains("but lines of it are missing", error.Message, StringComparison.Ordinal);
                refused++;
            }
        }
        Assert.True(refused >= 128, $"{refused}");
    }

    [Fact]
    public void Lines_of_other_parts_of_the_kernel_can_be_between()
    {
        var dump = string.Join('\n', Dump(16, [5], [5, 7], isOld: false).Split('\n').Select(line => $"[   12.345678] {line}"));
        const string Heading = "[   12.345678] pending:";
        var lines = dump.Replace(Heading, "[   12.345678] eth0: link is up\n" + Heading, StringComparison.Ordinal);
        using var target = Open(lines + "\n");

        Assert.Equal([5u, 7u], target.ReadPorts(32756).Bound.Select(port => port.Port));
    }

    [Fact]
    public void A_dump_of_Xen_and_the_output_are_one_answer()
    {
        const string Xen = """
            (XEN) [2026-11-22 12:00:01] 'e' pressed -> dumping event-channel info
            (XEN) [2026-11-22 12:00:01] Event channel information for domain 7:
            (XEN) [2026-11-22 12:00:01] Polling vCPUs: {}
            (XEN) [2026-11-22 12:00:01]     port [p/m/s]
            (XEN) [2026-11-22 12:00:01]        9 [1/0/1]: s=5 n=0 x=0 v=0

            """;
        using var target = Open(Xen + Dump(16, [5], [5, 7], isOld: false));

        var channels = new EventChannelQuery(target, new RecordingObserver()).Run(DomainSelection.All).ToArray();

        Assert.Equal([(7, 9u), (32756, 5u), (32756, 7u)], channels.Select(channel => ((int)channel.DomId, channel.Port)));
        Assert.Equal([StateSource.Hypervisor, StateSource.SharedPage], channels.Select(channel => channel.Source!.Value).Distinct());
        // Linux prints no date.
        Assert.Equal([true, false, false], channels.Select(channel => channel.TakenAt is not null));
        Assert.DoesNotContain("incomplete", target.ChannelsRemark, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_of_a_guest_in_the_log_of_Xen_is_not_read() =>
        Assert.Throws<XenException>(() =>
            Open("(d3) " + Dump(16, [5], [5], isOld: false).Trim().Replace("\n", "\n(d3) ", StringComparison.Ordinal) + "\n"));

    // Up to Linux 4.8, eight words are in a line. Later versions print each word in a line of its own.
    private static string Dump(int digits, int[] pending, int[] unmasked, bool isOld)
    {
        var text = new StringBuilder("\nvcpu 0\n  \n");
        text.Append(CultureInfo.InvariantCulture, $"0: masked=0 pending=1 event_sel {new string('0', digits - 1)}1\n  \n\n");
        Bitmap(text, "pending", digits, port => pending.Contains(port), isOld);
        Bitmap(text, "global mask", digits, port => !unmasked.Contains(port), isOld);
        Bitmap(text, "globally unmasked", digits, port => pending.Contains(port) && unmasked.Contains(port), isOld);
        Bitmap(text, "local cpu0 mask", digits, _ => true, isOld);
        Bitmap(text, "locally unmasked", digits, port => pending.Contains(port) && unmasked.Contains(port), isOld);
        text.Append("pending list:\n");
        foreach (var port in pending) text.Append(CultureInfo.InvariantCulture, $"  0: event {port} -> irq {port + 16}\n");
        return text.ToString();
    }

    private static void Bitmap(StringBuilder text, string name, int digits, Func<int, bool> isSet, bool isOld)
    {
        var bits = digits * 4;
        text.Append(name).Append(":\n   ").Append(isOld ? "" : "\n");
        for (var word = bits - 1; word >= 0; word--)
        {
            var value = 0UL;
            for (var bit = 0; bit < bits; bit++) value |= (isSet(word * bits + bit) ? 1UL : 0) << bit;
            text.Append(value.ToString("x" + digits, CultureInfo.InvariantCulture));
            text.Append(word % 8 == 0 ? "\n   " : isOld ? " " : " \n");
        }
        text.Append('\n');
    }

    private static string Data(string file) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "data", "outputs", file));

    private static IXenDataSource Open(string text) => TargetFile.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "x");
}
