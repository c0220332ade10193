using FsCheck.Fluent;
using XenShared.Files.DebugKeys;
using XenShared.Hypervisor;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files.DebugKeys;

/// <summary>Reads the output of a real Xen, complete and damaged.</summary>
public sealed class CapturedDumpTests
{
    private const string Pieces =
        "(XEN) \n|(d3) x|0|1|-|B|?|[|]|/| |\n|'e' pressed -> |Event channel information for domain 2:\n|    port [p/m/s]\n|: s=3 n=0 x=0 "
            + "d=0 p=1\n|\r|\u00ff|٣";

    public static TheoryData<string> Files
    {
        get
        {
            var folder = Path.Combine(AppContext.BaseDirectory, "Pages");
            return new(
                Directory.GetFiles(folder, "*key-e*.txt", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)));
        }
    }

    [Fact]
    public void There_are_dumps_to_read() => Assert.True(Files.Count >= 20);

    [Theory, MemberData(nameof(Files))]
    public void Every_port_that_a_separate_reader_finds_is_found(string file)
    {
        var text = Text(file);
        var channels = Read(text);

        Assert.NotEmpty(channels.Domains);
        foreach (var domain in channels.Domains.Values)
        {
            Assert.True(domain.IsComplete);
            var expected = DebugKeyText.Parse(text, domain.DomId);
            Assert.Equal(expected.Select(port => port.Port), domain.Ports.Keys);
            Assert.All(expected, port => AssertAgrees(port, domain.Ports[port.Port]));
        }
        Assert.Equal(
            text.Split('\n').Count(line => line.Contains("]: s=", StringComparison.Ordinal)),
            channels.Domains.Values.Sum(domain => domain.Ports.Count));
        Assert.Equal(text.Contains("'e' pressed", StringComparison.Ordinal), channels.HasAllDomains);
    }

    [Theory, MemberData(nameof(Files))]
    public void No_beginning_of_it_has_a_port_that_it_has_not(string file)
    {
        var text = Text(file);
        var whole = Read(text);
        for (var length = 0; length < text.Length; length++) AssertNothingInvented(whole, Read(text[..length]));
    }

    [Fact]
    public void A_timer_that_waits_in_a_paused_guest_stands_last_in_its_queue()
    {
        var waiting = Read(Text(Path.Combine("pv-fifo", "paused-key-e.txt")))
            .Domains.Values.SelectMany(domain => domain.Ports.Values)
            .Where(port => port.Pending == true);

        Assert.Contains(waiting, port => port is { State: ChannelState.VirtualIrq, Linked: true, Masked: false });
    }

    [Fact]
    public void Missing_lines_make_no_port()
    {
        // Whichever lines are lost, the rest is right: order and headings show the owner of the ports, or it is unknown.
        var text = Text(Path.Combine("pv-fifo", "key-e-all.txt"));
        var whole = Read(text);
        var lines = text.Split('\n');
        Always.Holds(Gen.Choose(0, int.MaxValue), seed =>
        {
            var random = new Random(seed);
            var from = random.Next(lines.Length);
            var rest = string.Join('\n', lines.Skip(from));
            AssertNothingInvented(whole, Read(rest, isCutOff: true));
        });
    }

    [Fact]
    public void Any_text_is_read()
    {
        var files = Files.Select(row => Text(row.Data)).ToArray();
        Always.Holds(
            Gen.Choose(0, int.MaxValue),
            seed =>
            {
                var random = new Random(seed);
                var text = files[random.Next(files.Length)];
                var pieces = Pieces.Split('|');
                for (var change = random.Next(30); change >= 0; change--)
                {
                    var at = random.Next(text.Length + 1);
                    text =
                        random.Next(3) == 0
                            ? text.Remove(at, Math.Min(random.Next(20), text.Length - at))
                            : text.Insert(at, pieces[random.Next(pieces.Length)]);
                }
                var channels = Read(text, random.Next(2) == 0);
                foreach (var domain in channels.Domains.Values)
                {
                    Assert.All(domain.Ports, pair => Assert.Equal(pair.Key, pair.Value.Port));
                    Assert.All(domain.Ports.Values, port => Assert.Equal(domain.Abi, port.Abi));
                    Assert.All(domain.Ports.Values, port => Assert.Equal(port.Pending is null, port.WhyUnknown is not null));
                }
            },
            cases: 1000);
    }

    private static void AssertAgrees(DebugKeyPort expected, HypervisorPort actual)
    {
        Assert.Equal(expected.IsFifo, actual.Abi == EventAbi.Fifo);
        Assert.Equal(expected.IsConsumedByXen, actual.IsConsumedByXen);
        if (actual.WhyUnknown is not null)
        {
            Assert.Equal((false, true), (expected.Pending, expected.Masked));
            return;
        }
        Assert.Equal((expected.Pending, expected.Masked), (actual.Pending, actual.Masked));
    }

    private static void AssertNothingInvented(HypervisorChannels whole, HypervisorChannels part)
    {
        foreach (var domain in part.Domains.Values)
            Assert.All(domain.Ports.Values, port => Assert.Equal(whole.Domains[domain.DomId].Ports[port.Port], port));
    }

    private static HypervisorChannels Read(string text, bool isCutOff = false) =>
        HypervisorChannels.Parse(new DebugKeyDump(Some.Start, text, isCutOff));

    private static string Text(string file) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Pages", file));
}
