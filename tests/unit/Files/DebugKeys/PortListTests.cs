using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using XenShared.Diagnosis;
using XenShared.Files.DebugKeys;
using XenShared.Hypervisor;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files.DebugKeys;

/// <summary>Tests the output of lsevtchn: values, the domain, several outputs, damage, and the answer together with a debug key.</summary>
public sealed partial class PortListTests
{
    private const string Ports = """
           1: VCPU 0: Interdomain (Connected) - Remote Domain 0, Port 34
           2: VCPU 1: Interdomain (Waiting connection) - Remote Domain 0
           3: VCPU 0: Virtual IRQ 0
           4: VCPU 1: IPI
           5: VCPU 0: Physical IRQ 16

        """;

    private static readonly EventChannelStatus[] s_ports =
    [
        new(1, ChannelState.Interdomain, 0, 0, 34),
        new(2, ChannelState.Unbound, 1, 0),
        new(3, ChannelState.VirtualIrq, Irq: 0),
        new(4, ChannelState.Ipi, 1),
        new(5, ChannelState.PhysicalIrq, Irq: 16),
    ];

    [Theory]
    [InlineData("", 32756)]
    [InlineData("# lsevtchn\n", 0)]
    [InlineData("# lsevtchn 3\n", 3)]
    [InlineData("root@dom0:~# /usr/lib/xen-4.17/bin/lsevtchn 3\n", 3)]
    [InlineData("[root@dom0 ~]# sudo lsevtchn 3\n", 3)]
    [InlineData("$ lsevtchn 3 | head\n\n", 3)]
    [InlineData("lsevtchn 3 > ports.txt\n", 3)]
    // These do not show the domain.
    [InlineData("# lsevtchn $id\n", 32756)]
    [InlineData("# lsevtchn 32756\n", 32756)]
    [InlineData("I ran lsevtchn 3 yesterday\n", 32756)]
    [InlineData("# lsevtchn 3\n\n\n\n\n\n", 32756)]
    public void The_domain_is_that_of_the_command_line(string command, int domId)
    {
        using var target = Open(command + Ports);

        Assert.Equal([domId], target.ReadDomains().Select(domain => (int)domain.DomId));
        var table = target.ReadPorts((ushort)domId);
        Assert.Equal(s_ports, table.Bound);
        Assert.Equal(PortTableCompleteness.InUse, table.Listing);
        Assert.Equal(domId == 32756, target.ChannelsRemark?.Contains("is not known", StringComparison.Ordinal) ?? false);
    }

    // The same as one pattern for the whole line, which is too slow for a long line.
    [Fact]
    public void A_command_line_is_that_of_the_pattern()
    {
        string[] pieces = ["", " ", "a", "/", "#", "$ ", "> ", "sudo ", "/usr/bin/", "lsevtchn", " 3", "| ", "\n", new string('b', 199)];
        var random = new Random(1);
        var texts = Enumerable.Range(0, 30_000)
            .Select(at => string.Concat(Enumerable.Range(0, at % 8).Select(_ => pieces[random.Next(pieces.Length)])))
            .SelectMany(text => new[] { text, text + "lsevtchn", text + "lsevtchn 3", text + "/lsevtchn 4 > x" })
            .Concat(Enumerable.Range(195, 12).Select(length => new string('a', length) + "# lsevtchn 3"))
            .Concat(Enumerable.Range(195, 12).Select(length => "/" + new string('a', length) + "/lsevtchn 3"))
            .Concat(Enumerable.Range(195, 12).Select(length => "#" + new string('a', length) + "/lsevtchn 3"))
            .Concat(Enumerable.Range(195, 12).Select(length => "x#/#" + new string('a', length) + "/lsevtchn 3"))
            .Concat(Enumerable.Range(195, 12).Select(length => "lsevtchn 123456789 |" + new string('a', length)))
            .ToArray();

        foreach (var text in texts)
        {
            var match = WholeCommand().Match(text);
            var parsed = PortListLine.Parse(text);
            Assert.True(match.Success == (parsed is not null), text);
            if (parsed is null) continue;
            var digits = match.Groups["domain"] is { Success: true } group ? group.Value : "0";
            int? domId = int.Parse(digits, CultureInfo.InvariantCulture) is var number and <= 0x7fef ? number : null;
            Assert.Equal((text, domId), (text, parsed.DomId));
        }
        Assert.Contains(texts, text => PortListLine.Parse(text) is not null);
    }

    // One pattern for the whole line needs 20 ms for each of these lines.
    [Fact]
    public void A_long_line_with_many_starts_of_a_path_is_no_command_line()
    {
        var line = string.Concat(Enumerable.Repeat("#/", 100)) + string.Concat(Enumerable.Repeat("a/", 100));
        using var target = Open(string.Concat(Enumerable.Repeat(line + "xlsevtchn 12345678901 x\n", 50_000)) + "# lsevtchn 3\n" + Ports);

        Assert.Equal(3, Assert.Single(target.ReadDomains()).DomId);
    }

    [Fact]
    public void Channels_are_listed_without_their_state()
    {
        var observer = new RecordingObserver();
        using var target = Open("# lsevtchn 3\n" + Ports);

        var channels = new EventChannelQuery(target, observer).Run(DomainSelection.All).ToArray();

        Assert.Equal(s_ports.Select(port => (port.Port, port.State)), channels.Select(channel => (channel.Port, channel.State)));
        Assert.All(channels, channel => Assert.Equal((3, null, null), (channel.DomId, channel.Pending, channel.Masked)));
        Assert.Contains(observer.Warnings, warning =>
            warning.Message.Contains("pending and masked are not known", StringComparison.Ordinal));
        Assert.Empty(observer.Errors);
    }

    [Fact]
    public void Several_outputs_are_several_domains()
    {
        using var target = Open($"# lsevtchn 3\n{Ports}# lsevtchn 4\n{Ports}# lsevtchn 3\n   9: VCPU 0: IPI\n{Ports}");

        Assert.Equal([3, 4, 32756], target.ReadDomains().Select(domain => (int)domain.DomId));
        Assert.Equal(9u, Assert.Single(target.ReadPorts(3).Bound).Port);
        Assert.Contains("Of several outputs", target.ChannelsRemark, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3: VCPU 0: Virtual IRQ 0", "3: VCPU 0: Virtual IRQ 99")]
    [InlineData("3: VCPU 0: Virtual IRQ 0", "3: VCPU 0: Virtual")]
    [InlineData("3: VCPU 0: Virtual IRQ 0", "3: VCPU 9999: Virtual IRQ 0")]
    [InlineData("3: VCPU 0: Virtual IRQ 0", "131072: VCPU 0: Virtual IRQ 0")]
    [InlineData("3: VCPU 0: Virtual IRQ 0", "3: VCPU 0: Interdomain (Connected) - Remote Domain 65536, Port 1")]
    [InlineData("3: VCPU 0: Virtual IRQ 0", "3: VCPU 0: Interdomain (Connected) - Remote Domain 0, Port 131072")]
    [InlineData("3: VCPU 0: Virtual IRQ 0", "3: VCPU 0: Virtual IRQ 0 more")]
    [InlineData("3: VCPU 0: Virtual IRQ 0", "3: VCPU 0: Unknown")]
    public void A_damaged_line_is_counted(string line, string damaged)
    {
        using var target = Open("# lsevtchn 3\n" + Ports.Replace(line, damaged, StringComparison.Ordinal));

        Assert.Equal([1u, 2u, 4u, 5u], target.ReadPorts(3).Bound.Select(port => port.Port));
        Assert.Contains("Line 4 of lsevtchn could not be read", target.ChannelsRemark, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("   9: VCPU 0: Virtual IRQ 1", false)]
    [InlineData("   9: VCPU 0: Virtual IRQ 1\n6\n", false)]
    [InlineData("   9: VCPU 0: Virtual IRQ 1\n6", false)]
    [InlineData("   9: VCPU 0: IPI", true)]
    [InlineData("   9: VCPU 0: Virtual IRQ 1\n# ", true)]
    public void A_number_that_can_be_broken_is_not_read(string end, bool isRead)
    {
        using var target = Open("# lsevtchn 3\n   8: VCPU 0: IPI\n" + end);

        Assert.Equal(isRead ? [8u, 9u] : [8u], target.ReadPorts(3).Bound.Select(port => port.Port));
        Assert.Equal(isRead, target.ChannelsRemark is null);
    }

    [Theory]
    [InlineData("channels")]
    [InlineData("domains")]
    [InlineData("faults")]
    [InlineData("capture")]
    public void Each_query_warns_once_of_an_output_that_is_damaged(string query)
    {
        var observer = new RecordingObserver();
        using var target = Open("   2: VCPU 0: IPI\n   3: VCPU 0: Virtual\n");

        _ = query switch
        {
            "channels" => new EventChannelQuery(target, observer).Run(DomainSelection.All).Count(),
            "domains" => new DomainQuery(target, observer).Run(DomainSelection.All).Count(),
            "faults" => new FaultQuery(target, observer).Run(DomainSelection.All).Count(),
            _ => new CaptureExport(target, observer).Run(DomainSelection.All, new MemoryStream()),
        };

        var warning = Assert.Single(observer.Warnings, warning => warning.Message.Contains("lsevtchn", StringComparison.Ordinal));
        Assert.Contains("is not known", warning.Message, StringComparison.Ordinal);
        Assert.Contains("Line 2 of lsevtchn could not be read", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_of_a_guest_is_not_read()
    {
        Assert.Null(TryOpen("(d3) " + Ports.Trim().Replace("\n", "\n(d3) ", StringComparison.Ordinal) + "\n"));
        using var target = Open("(d3) " + new string('x', 75) + "\n   1: VCPU 0: IPI\n# lsevtchn 3\n   2: VCPU 0: IPI\n");
        Assert.Equal(3, Assert.Single(target.ReadDomains()).DomId);
        Assert.Equal(2u, Assert.Single(target.ReadPorts(3).Bound).Port);
        Assert.Null(TryOpen("(d3) " + new string('x', 75) + "\n" + new string('x', 80) + "\n   1: VCPU 0: IPI\n"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_dump_and_an_output_are_one_answer(bool isFirst)
    {
        var dump = DumpText.Events(3);
        var lists = $"# lsevtchn 3\n{Ports}# lsevtchn 4\n   4: VCPU 0: IPI\n";
        using var target = Open(isFirst ? lists + dump : dump + lists);

        // Xen's own view contains more.
        Assert.Equal(9u, Assert.Single(target.ReadPorts(3).Bound).Port);
        Assert.Equal(4u, Assert.Single(target.ReadPorts(4).Bound).Port);
        Assert.Null(target.ChannelsRemark);
    }

    // The outputs have different times, so the two ends of a channel cannot be compared.
    [Theory]
    [InlineData("# lsevtchn 1\n   2: VCPU 0: Interdomain (Connected) - Remote Domain 0, Port 22\n", false)]
    [InlineData("(XEN) Event channel information for domain 1:\n(XEN)        2 [0/0/1]: s=3 n=0 x=0 d=0 p=22\n", false)]
    [InlineData(
        "(XEN) Event channel information for domain 0:\n(XEN)       22 [0/0/1]: s=5 n=0 x=0 v=0\n"
            + "(XEN) Event channel information for domain 1:\n(XEN)        2 [0/0/1]: s=3 n=0 x=0 d=0 p=22\n",
        true)]
    public void The_two_ends_of_a_channel_are_compared_only_in_one_output(string text, bool isFault)
    {
        using var target = Open(text + (isFault ? "" : "# lsevtchn 0\n  22: VCPU 0: Virtual IRQ 0\n"));

        var results = new FaultQuery(target, new RecordingObserver())
            .Diagnose(new DomainSelection { DomIds = [1] })
            .Single()
            .Results.Where(result => result.Rule == "PeerGone")
            .ToArray();

        Assert.Equal(isFault, results.Any(result => result.Outcome == RuleOutcome.Fault));
        Assert.Equal(!isFault, results.Any(result => result.Outcome == RuleOutcome.NotJudged));
    }

    [Fact]
    public void More_ports_than_the_limit_are_refused()
    {
        var text = new StringBuilder();
        for (var domain = 0; domain < 12; domain++)
        {
            text.Append(CultureInfo.InvariantCulture, $"# lsevtchn {domain}\n");
            for (var port = 1; port < 100_000; port++) text.Append(CultureInfo.InvariantCulture, $"{port,4}: VCPU 0: IPI\n");
        }

        Assert.Equal(XenErrorId.FileDamaged, Assert.Throws<XenException>(() => Open(text.ToString())).Id);
    }

    [GeneratedRegex(
        @"^([^\n]{0,200}[#$>%] ?)?(sudo )?([^ ]{1,200}/)?lsevtchn( (?<domain>[0-9]{1,9}))?( ?[|>][^\n]{0,200})?$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex WholeCommand();

    private static IXenDataSource Open(string text) => TargetFile.Read(new MemoryStream(Encoding.Latin1.GetBytes(text)), "x");

    private static IXenDataSource? TryOpen(string text)
    {
        try
        {
            return Open(text);
        }
        catch (XenException error) when (error.Id == XenErrorId.FileNotRecognised)
        {
            return null;
        }
    }
}
