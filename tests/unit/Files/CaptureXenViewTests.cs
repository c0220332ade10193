using System.Globalization;
using System.Text;
using XenShared.Files;
using XenShared.Files.DebugKeys;
using XenShared.Queries;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files;

/// <summary>Tests the lines <c>xenview</c> and <c>xenports</c> of captures that were made from a console log.</summary>
public sealed class CaptureXenViewTests
{
    private const string View = """{"kind":"xenview","takenAt":"2026-11-22T09:30:00+00:00","allDomains":true,"remark":"a test"}""";
    private const string Bound =
        """{"port":1,"state":"Ipi","vcpu":0},{"port":2,"state":"Ipi","vcpu":0},{"port":3,"state":"VirtualIrq","irq":0},{"port":4}""";

    private const string First = """{"port":1,"pending":true,"masked":false,"linked":true,"busy":false,"xenConsumes":false}""";
    private const string Second = """{"port":2,"linked":false,"busy":true,"xenConsumes":true,"whyUnknown":"Xen consumes it"}""";
    private const string Third = """{"port":3,"pending":false,"masked":true,"linked":false,"busy":false,"xenConsumes":false}""";

    [Fact]
    public void CompleteLinesAreRead()
    {
        var capture = Read(View, XenPorts($"{First},{Second}"), XenPorts(Third));

        Assert.Equal((Some.Start, true, "a test"), (capture.Channels!.TakenAt, capture.Channels.HasAllDomains, capture.ChannelsRemark));
        var domain = capture.Channels.Domains[5];
        Assert.Same(domain, capture.Domains[5].Hypervisor);
        Assert.Equal((EventAbi.Fifo, true, 3), (domain.Abi, domain.IsComplete, domain.Ports.Count));
        var first = new HypervisorPort(1, ChannelState.Ipi, 0, false, EventAbi.Fifo, true, false, true, false, null);
        var second = new HypervisorPort(2, ChannelState.Ipi, 0, true, EventAbi.Fifo, null, null, false, true, "Xen consumes it");
        Assert.Equal([first, second], [domain.Ports[1], domain.Ports[2]]);
        Assert.Equal((ChannelState.VirtualIrq, 0u, true), (domain.Ports[3].State, domain.Ports[3].Irq, domain.Ports[3].Masked));
    }

    /// <summary>Checks properties that may be absent or null.</summary>
    [Theory]
    [InlineData("\"takenAt\":\"2026-11-22T09:30:00+00:00\",", "")]
    [InlineData("\"2026-11-22T09:30:00+00:00\"", "null")]
    [InlineData(",\"remark\":\"a test\"", "")]
    [InlineData("\"a test\"", "null")]
    [InlineData(",\"xenConsumes\":false", "")]
    [InlineData(",\"linked\":true,\"busy\":false", "")]
    [InlineData("\"linked\":true,\"busy\":false", "\"linked\":null,\"busy\":null")]
    public void AnOptionalPropertyCanBeAbsent(string part, string replacement)
    {
        Assert.Contains(part, View + First, StringComparison.Ordinal);
        var (view, ports) = (View, XenPorts(First));

        view = view.Replace(part, replacement, StringComparison.Ordinal);
        ports = ports.Replace(part, replacement, StringComparison.Ordinal);
        var capture = Read(view, ports);

        Assert.True(capture.Channels!.Domains[5].Ports[1].Pending);
    }

    [Theory]
    [InlineData("2026-11-22T09:30:00+00:00", "yesterday")]
    [InlineData("2026-11-22T09:30:00+00:00", "2026-13-22T09:30:00+00:00")]
    [InlineData("\"2026-11-22T09:30:00+00:00\"", "1795339794")]
    [InlineData("\"allDomains\":true,", "")]
    [InlineData("\"allDomains\":true", "\"allDomains\":null")]
    [InlineData("\"allDomains\":true", "\"allDomains\":1")]
    [InlineData("\"allDomains\":true", "\"allDomains\":\"true\"")]
    [InlineData("\"a test\"", "5")]
    [InlineData("\"a test\"", "[\"a test\"]")]
    public void ADamagedView(string part, string replacement) => AssertDamaged(4, Changed(View, part, replacement), XenPorts(First));

    [Theory]
    [InlineData("\"domid\":5,", "")]
    [InlineData("\"domid\":5", "\"domid\":null")]
    [InlineData("\"domid\":5", "\"domid\":\"5\"")]
    [InlineData("\"domid\":5", "\"domid\":-1")]
    [InlineData("\"domid\":5", "\"domid\":65536")]
    [InlineData("\"domid\":5", "\"domid\":6")]
    [InlineData("\"abi\":\"Fifo\",", "")]
    [InlineData("\"Fifo\"", "null")]
    [InlineData("\"Fifo\"", "\"Unknown\"")]
    [InlineData("\"Fifo\"", "\"FourLevel\"")]
    [InlineData("\"Fifo\"", "3")]
    [InlineData("\"Fifo\"", "-1")]
    [InlineData("\"Fifo\"", "true")]
    [InlineData("\"whole\":true,", "")]
    [InlineData("\"whole\":true", "\"whole\":null")]
    [InlineData("\"whole\":true", "\"whole\":1")]
    [InlineData("\"ports\":[", "\"ports\":null,\"x\":[")]
    [InlineData("\"ports\":[", "\"x\":[")]
    [InlineData("\"ports\":[", "\"ports\":{},\"x\":[")]
    [InlineData("\"ports\":[", "\"ports\":[null,")]
    [InlineData("\"ports\":[", "\"ports\":[1,")]
    public void ADamagedLineOfPorts(string part, string replacement) => AssertDamaged(5, View, Changed(XenPorts(First), part, replacement));

    [Theory]
    [InlineData("\"port\":1,", "")]
    [InlineData("\"port\":1", "\"port\":null")]
    [InlineData("\"port\":1", "\"port\":\"1\"")]
    [InlineData("\"port\":1", "\"port\":-1")]
    [InlineData("\"port\":1", "\"port\":1.5")]
    [InlineData("\"port\":1", "\"port\":4294967296")]
    // It is not in the port table, its state is not known there, or it is closed.
    [InlineData("\"port\":1", "\"port\":4294967295")]
    [InlineData("\"port\":1", "\"port\":64")]
    [InlineData("\"port\":1", "\"port\":4")]
    [InlineData("\"port\":1", "\"port\":0")]
    [InlineData("\"pending\":true,", "")]
    [InlineData("\"pending\":true", "\"pending\":null")]
    [InlineData("\"pending\":true", "\"pending\":1")]
    [InlineData("\"pending\":true", "\"pending\":\"true\"")]
    [InlineData("\"masked\":false,", "")]
    [InlineData("\"masked\":false", "\"masked\":[]")]
    [InlineData("\"pending\":true,\"masked\":false,", "")]
    [InlineData("\"linked\":true,", "")]
    [InlineData("\"linked\":true", "\"linked\":1")]
    [InlineData(",\"busy\":false", "")]
    [InlineData("\"busy\":false", "\"busy\":\"no\"")]
    [InlineData("\"xenConsumes\":false", "\"xenConsumes\":null")]
    [InlineData("\"xenConsumes\":false", "\"xenConsumes\":0")]
    [InlineData("\"xenConsumes\":false", "\"xenConsumes\":true")]
    [InlineData("\"xenConsumes\":false", "\"xenConsumes\":false,\"whyUnknown\":\"it is not known\"")]
    [InlineData("\"xenConsumes\":false", "\"xenConsumes\":false,\"whyUnknown\":5")]
    public void ADamagedPort(string part, string replacement) => AssertDamaged(5, View, Changed(XenPorts(First), part, replacement));

    /// <summary>Checks that a two-level domain has neither queues nor event words.</summary>
    [Fact]
    public void AQueueWithoutFifo() => AssertDamaged(5, View, XenPorts(First, abi: "TwoLevel"));

    [Fact]
    public void PortsOutOfOrderOrTwice()
    {
        AssertDamaged(5, View, XenPorts($"{First},{First}"));
        AssertDamaged(5, View, XenPorts($"{Second},{First}"));
        AssertDamaged(6, View, XenPorts(First), XenPorts(First));
        AssertDamaged(6, View, XenPorts(Second), XenPorts(First));
    }

    /// <summary>Checks that the lines of one domain state the same facts about all of it.</summary>
    [Fact]
    public void LinesThatDoNotAgree()
    {
        AssertDamaged(6, View, XenPorts(First), Changed(XenPorts(Third), "\"whole\":true", "\"whole\":false"));
        AssertDamaged(6, View, XenPorts(""), XenPorts("", abi: "TwoLevel"));
    }

    [Fact]
    public void LinesThatComeTwiceOrTooEarly()
    {
        AssertDamaged(5, View, View);
        AssertDamaged(6, View, XenPorts(First), View);
        AssertDamaged(4, XenPorts(First), View);
        CaptureText.AssertDamaged(CaptureText.Complete(View, XenPorts(""), CaptureText.Domain()));
    }

    [Fact]
    public void ADomainInSeveralPieces()
    {
        string[] domains = [CaptureText.Domain(6), CaptureText.Ports(Bound, domId: 6)];

        Assert.Equal(2, Read([View, .. domains, XenPorts(First), XenPorts(First, domId: 6)]).Channels!.Domains.Count);
        AssertDamaged(9, [View, .. domains, XenPorts(First), XenPorts(First, domId: 6), XenPorts(Third)]);
    }

    /// <summary>
    /// Checks that a capture with a view has the ports of each domain: in the view, or those that lsevtchn printed for a later domain.
    /// </summary>
    [Fact]
    public void ADomainWithoutALine()
    {
        Assert.Empty(Read(View).Channels!.Domains);
        AssertDamaged(7, View, XenPorts(First), CaptureText.Domain(6));
    }

    /// <summary>Checks that the last of two properties with one name is used. JSON does not define this; the capture format does.</summary>
    [Fact]
    public void OfAPropertyThatComesTwiceTheLastOneCounts()
    {
        var view = Changed(View, "\"allDomains\":true", "\"allDomains\":true,\"allDomains\":false");
        var capture = Read(view, Changed(XenPorts(First), "\"pending\":true", "\"pending\":true,\"pending\":false"));

        Assert.False(capture.Channels!.HasAllDomains);
        Assert.False(capture.Channels.Domains[5].Ports[1].Pending);
        // The first one must be valid as well.
        AssertDamaged(4, Changed(View, "\"allDomains\":true", "\"allDomains\":1,\"allDomains\":false"));
    }

    [Fact]
    public void APortThatTheLogDoesNotShowIsNotKnown()
    {
        using var target = CaptureText.Open(Encoding.UTF8.GetBytes(Text(View, XenPorts(First))));

        var query = new EventChannelQuery(target, new RecordingObserver());
        var channels = query.Run(DomainSelection.All).ToDictionary(channel => channel.Port);

        Assert.True(channels[1].Pending);
        Assert.All([channels[2], channels[3], channels[4]], channel => Assert.Null(channel.Pending));
    }

    /// <summary>Checks that the lines of other parts in several pieces state the same facts about all of the part.</summary>
    [Fact]
    public void OtherLinesThatDoNotAgree()
    {
        const string key = """{"kind":"debugkey","takenAt":"2026-11-22T09:30:00+00:00","cutOff":false,"text":"(XEN) x\n"}""";
        var bytes = Convert.ToBase64String(new byte[4096]);
        const string time = "2026-11-22T09:30:00+00:00";
        var page = $$"""
            {"kind":"eventpage","domid":5,"takenAt":"{{time}}","index":0,"pfn":1,"frame":1,"page":"{{bytes}}","evidence":"so"}
            """;
        var next = Changed(page, "\"index\":0", "\"index\":1");
        var ports = CaptureText.Ports("""{"port":5,"state":"Ipi"}""");

        Read(page, next, key, key, ports);
        AssertDamaged(5, page, Changed(next, "\"so\"", "\"otherwise\""));
        AssertDamaged(5, page, Changed(next, "\"so\"", "\"so\",\"inferred\":true"));
        AssertDamaged(5, page, Changed(next, "09:30", "09:31"));
        AssertDamaged(5, key, Changed(key, "false", "true"));
        AssertDamaged(5, key, Changed(key, "09:30", "09:31"));
        AssertDamaged(4, Changed(ports, "\"validPorts\"", "\"listing\":\"InUse\",\"validPorts\""));
    }

    private static string XenPorts(string ports, string abi = "Fifo", int domId = 5) => string.Create(CultureInfo.InvariantCulture,
        $$"""{"kind":"xenports","domid":{{domId}},"abi":"{{abi}}","whole":true,"ports":[{{ports}}]}""");

    private static string Changed(string line, string part, string replacement)
    {
        Assert.Contains(part, line, StringComparison.Ordinal);
        return line.Replace(part, replacement, StringComparison.Ordinal);
    }

    // The header, the domain and its ports are lines 1 to 3.
    private static string Text(params ReadOnlySpan<string> lines) =>
        CaptureText.Complete([CaptureText.Domain(), CaptureText.Ports(Bound), .. lines]);

    private static HostCapture Read(params ReadOnlySpan<string> lines) => CaptureText.Read(Text(lines));

    private static void AssertDamaged(int line, params ReadOnlySpan<string> lines)
    {
        var error = CaptureText.AssertDamaged(Text(lines));

        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"at line {line} "), error.Message, StringComparison.Ordinal);
    }
}
