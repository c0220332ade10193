using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using XenShared.Reports.Html;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;

namespace XenShared.Tests.Reports;

/// <summary>Checks the HTML report: its content, its accessibility, and that text from a guest is never interpreted.</summary>
public sealed partial class HtmlReportTests
{
    private const string Hostile =
        "<script>alert(1)</script>\"'>&amp;\0\u001b[2J\u0007\u202eevil\u2028\uFFFE\uD800</style><img src=x onerror=alert(1)>";

    [Fact]
    public void TheMapsShowWhatTheChannelsAre()
    {
        var report = SomeReport.FromCapture();
        var page = SomeReport.Page(report);

        var maps = SomeReport.OfClass(page, "map").ToArray();
        Assert.Equal(report.Domains.Count, maps.Length);
        foreach (var (map, domain) in maps.Zip(report.Domains))
        {
            Assert.Equal(domain.Channels.Count(channel => channel.Pending == true), SomeReport.OfClass(map, "p").Count());
            Assert.Equal(domain.Channels.Count(channel => channel.Masked == true), SomeReport.OfClass(map, "m").Count());
            Assert.Equal(domain.Channels.Count(channel => channel.Pending is null), SomeReport.OfClass(map, "u").Count());
            Assert.Equal(
                domain.Channels.Select(channel => $"{channel.Port}"),
                map.Elements().Where(cell => (string?)cell.Attribute("class") != "x").Select(cell => cell.Value));
        }
        Assert.Equal(6, maps.Sum(map => SomeReport.OfClass(map, "p").Count()));
        Assert.Equal("Map of 64 ports. pending and masked: 4, 16.", (string?)maps[5].Attribute("aria-label"));
    }

    [Fact]
    public void FaultsComeFirstAndTheGravestOfThemFirst()
    {
        var page = SomeReport.Page(
            SomeReport.With(
                "guest",
                [SomeReport.Channel(3, pending: true), SomeReport.Channel(4)],
                SomeReport.Fault(FaultSeverity.Information, port: null),
                SomeReport.Fault(FaultSeverity.Critical),
                SomeReport.Fault(FaultSeverity.Warning)));

        Assert.Equal(["Faults", "Domains"], page.Descendants("h2").Take(2).Select(heading => heading.Value));
        Assert.Equal(
            ["fault critical", "fault warning", "fault information"],
            page.Descendants("li")
                .Select(item => (string?)item.Attribute("class"))
                .OfType<string>()
                .Where(name => name.StartsWith("fault", StringComparison.Ordinal)));
        Assert.Equal(
            ["Critical", "Warning", "Information"],
            page.Descendants("h3").SelectMany(heading => SomeReport.OfClass(heading, "badge")).Select(badge => badge.Value));
        Assert.Equal("p bad", (string?)SomeReport.OfClass(page, "map").Single().Elements().First().Attribute("class"));
        Assert.NotNull(page.Descendants("details").Single().Attribute("open"));
        Assert.Contains(
            "What to do: Port 3 waits.",
            page.Descendants("li").First(item => (string?)item.Attribute("class") == "fault critical").Value,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AnAdviceHasItsCommandsAsCodeForPowerShellAndForAShell()
    {
        using var host = new SimulatedTarget(15);
        var fault = SomeReport.Page(SomeReport.Create(host))
            .Descendants("li")
            .Where(item => (string?)item.Attribute("class") == "fault critical")
            .Single(item => item.Value.Contains("StuckMasked", StringComparison.Ordinal));

        Assert.Contains(
            "What to do: Repair-XenEventChannel -DomId 14 -Port 66 -Unmask or xenshared poke -d 14 -p 66 --repair --unmask makes Xen send "
                + "it again.",
            fault.Value,
            StringComparison.Ordinal);
        Assert.Equal(
            ["Repair-XenEventChannel -DomId 14 -Port 66 -Unmask", "xenshared poke -d 14 -p 66 --repair --unmask"],
            SomeReport.OfClass(fault, "command").Where(code => code.Name == "code").Select(code => code.Value));
        // An element that scrolls can be reached with the keyboard.
        Assert.All(SomeReport.OfClass(fault, "command"), code => Assert.Equal("0", (string?)code.Attribute("tabindex")));
    }

    [Fact]
    public void UnknownIsNotShownAsNothingPending()
    {
        var page = SomeReport.Page(SomeReport.With("guest", [SomeReport.Channel(1, null, null), SomeReport.Channel(2, null, null)]));

        Assert.Equal(
            "2 ports, 2 in use: whether anything is pending or masked is not known.",
            page.Descendants("figcaption").Single().Value);
        Assert.Equal("Map of 2 ports. not known: 1–2.", (string?)SomeReport.OfClass(page, "map").Single().Attribute("aria-label"));
        Assert.Equal(
            ["2", "unknown", "unknown", "2"],
            page.Descendants("tbody").First().Elements().Single().Elements().Skip(8).Take(4).Select(cell => cell.Value));
    }

    [Fact]
    public void DevicesThatAreNotConnectedComeFirst()
    {
        XenDevice[] devices =
        [
            .. Enumerable.Range(0, 70).Select(id => Device("vif", $"{id}", XenbusState.Connected, XenbusState.Connected)),
            Device("vbd", "51712", XenbusState.Connected, XenbusState.InitWait) with
            {
                BackendKind = "qdisk",
                BackendDomId = 3,
                HotplugStatus = "error",
                Error = Hostile,
                Port = new ValueList<uint>([7, 8]),
            },
        ];
        var report = SomeReport.With("guest", []);
        var page = SomeReport.Page(report with { Domains = [report.Domains[0] with { Devices = devices }] });

        var table = page.Descendants("table").Last();
        Assert.Equal("Devices of domain 5, according to xenstore; 7 others are left out", table.Element("caption")!.Value);
        var rows = table.Descendants("tbody").Single().Elements().Select(row => row.Elements().Select(cell => cell.Value).ToArray());
        Assert.Equal(64, rows.Count());
        Assert.Equal(
            ["vbd 51712", "Connected", "InitWait", "qdisk in domain 3", "error", "7–8"],
            rows.First().Take(6));
        Assert.DoesNotContain(page.Descendants(), element => element.Name.LocalName == "script");
        Assert.DoesNotContain("Devices", SomeReport.Html(report), StringComparison.Ordinal);
    }

    [Fact]
    public void ReportsOfHostsHaveTheirDevices()
    {
        using var host = new SimulatedTarget();
        var report = SomeReport.Create(host);

        Assert.All(report.Domains, domain => Assert.NotNull(domain.Devices));
        Assert.Contains(report.Domains, domain => domain.Devices!.Any(device => device.Kind == "vif"));
    }

    [Fact]
    public void NothingFromAGuestIsMoreThanText()
    {
        var channel = SomeReport.Channel(1) with { Device = Hostile, DomainName = Hostile };
        var report = SomeReport.With(Hostile, [channel], SomeReport.Fault(text: Hostile, rule: Hostile)) with
        {
            Source = Hostile,
            Host = new(Hostile, new(4, 17, Hostile), Hostile),
        };
        var page = SomeReport.Page(report);
        var html = SomeReport.Html(report);

        Assert.Empty(page.Descendants("script"));
        Assert.Empty(page.Descendants("img"));
        Assert.DoesNotContain(page.DescendantsAndSelf().Attributes(), attribute =>
            attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.Single(page.Descendants("style"));
        Assert.DoesNotContain(html, letter =>
            (char.IsControl(letter) && letter != '\n') || char.IsSurrogate(letter) || letter is '\u202e' or '\u2028' or '\uFFFE');
        Assert.Contains(
            "Domain 5: <script>alert(1)</script>\"'>&amp;\uFFFD\uFFFD[2J\uFFFD\uFFFDevil",
            page.Descendants("h2").Select(heading => heading.Value).Single(text => text.StartsWith("Domain 5", StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("é漢字😀", "é漢字😀")]
    [InlineData(null, "")]
    [InlineData("a\tb\r\nc", "a\uFFFDb\uFFFD\uFFFDc")]
    [InlineData("\uE000\u00ad\u200b", "\uFFFD\uFFFD\uFFFD")]
    public void TextIsEncodedOnceAndEverywhere(string? text, string encoded) => Assert.Equal(encoded, HtmlWriter.Encode(text));

    [Fact]
    public void NeedsNoNetworkAndNoScript()
    {
        var report = SomeReport.FromCapture();
        var page = SomeReport.Page(report);

        string[] loading = ["src", "srcset", "href", "action", "data", "poster", "style"];
        Assert.All(page.DescendantsAndSelf().Attributes().Where(attribute => loading.Contains(attribute.Name.LocalName)),
            attribute => Assert.True(attribute.Value.StartsWith('#') || attribute.Value == "data:,", attribute.ToString()));
        Assert.Empty(page.Descendants("script"));
        var style = page.Descendants("style").Single().Value;
        Assert.DoesNotMatch(@"url\(|@import|@font-face", style);
        var policy = (string?)
            page.Descendants("meta")
                .Single(meta => (string?)meta.Attribute("http-equiv") == "Content-Security-Policy")
                .Attribute("content");
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
        Assert.Contains(
            $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)))}'",
            policy,
            StringComparison.Ordinal);
    }

    [Fact]
    public void CanBeReadByEarAndByKeyboard()
    {
        using var host = new SimulatedTarget();
        var page = SomeReport.Page(SomeReport.Create(host));

        Assert.Equal("en", (string?)page.Attribute("lang"));
        Assert.All((string[])["header", "main", "footer", "title", "h1"], name => Assert.Single(page.Descendants(name)));
        var levels = page.Descendants()
            .Where(element => HeadingName().IsMatch(element.Name.LocalName))
            .Select(element => element.Name.LocalName[1] - '0')
            .ToArray();
        Assert.Equal(1, levels[0]);
        Assert.All(levels.Zip(levels.Skip(1)), pair =>
            Assert.True(pair.Second <= pair.First + 1, $"h{pair.First} is followed by h{pair.Second}"));
        var ids = page.Descendants().Attributes("id").Select(id => id.Value).ToArray();
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(page.Descendants("a").Attributes("href"), link => Assert.Contains(link.Value[1..], ids));
        Assert.Equal("skip", (string?)page.Element("body")!.Elements().First().Attribute("class"));
        Assert.All(page.Descendants("section"), section => Assert.Contains((string?)section.Attribute("aria-labelledby"), ids));
        Assert.All(page.Descendants("table"), AssertReadable);
        Assert.All(SomeReport.OfClass(page, "map"), map => Assert.Equal("img", (string?)map.Attribute("role")));
    }

    [Fact]
    public void ManyPortsStaySmall()
    {
        var closed = Enumerable.Range(10, 131_000).Select(port => SomeReport.Channel((uint)port, null, null, ChannelState.Closed));
        var few = SomeReport.Html(SomeReport.With("guest", [SomeReport.Channel(1)]));
        var many = SomeReport.Html(SomeReport.With("guest", [SomeReport.Channel(1), .. closed]));
        var busy = SomeReport.Page(
            SomeReport.With("guest", Enumerable.Range(1, 4000).Select(port => SomeReport.Channel((uint)port, pending: port % 100 == 0))));

        Assert.InRange(many.Length - few.Length, 1, 100);
        Assert.Equal(40, busy.Descendants("details").Single().Descendants("tbody").Single().Elements().Count());
        Assert.Equal(
            "Channels that are pending, masked or at fault; 3,960 others are left out (40)",
            busy.Descendants("summary").Single().Value);
        Assert.Equal(4000, SomeReport.OfClass(busy, "map").Single().Elements().Count());
    }

    [Fact]
    public void TheSampleInTheDocumentationIsWhatThisCodeWrites() =>
        // ./build.ps1 -Task Docs writes the file.
        Assert.Equal(SourceTree.Read("docs/sample-report.html"), SomeReport.Html(SomeReport.FromCapture()));

    [Fact]
    public void TheSameIsWrittenTwice() =>
        Assert.Equal(SomeReport.Html(SomeReport.FromCapture()), SomeReport.Html(SomeReport.FromCapture()));

    private static void AssertReadable(XElement table)
    {
        Assert.NotEmpty(table.Element("caption")!.Value);
        var headings = table.Element("thead")!.Element("tr")!.Elements().ToArray();
        Assert.All(headings, heading => Assert.Equal("col", (string?)heading.Attribute("scope")));
        Assert.All(table.Element("tbody")!.Elements(), row =>
        {
            Assert.Equal("row", (string?)row.Elements().First().Attribute("scope"));
            Assert.Equal(headings.Length, row.Elements().Count());
        });
        var box = table.Parent!;
        Assert.Equal(
            ("region", "0", table.Element("caption")!.Value),
            ((string?)box.Attribute("role"), (string?)box.Attribute("tabindex"), (string?)box.Attribute("aria-label")));
    }

    private static XenDevice Device(string kind, string id, XenbusState frontend, XenbusState backend) =>
        new() { DomId = 5, Kind = kind, Id = id, BackendDomId = 0, FrontendState = frontend, BackendState = backend };

    [GeneratedRegex("^h[1-6]$")]
    private static partial Regex HeadingName();
}
