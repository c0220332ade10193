using XenShared.Reports;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;

namespace XenShared.Tests.Reports;

/// <summary>Checks the report in a real browser: its requests, its console messages, and its colours in light and dark mode.</summary>
public sealed class BrowserTests : IDisposable
{
    private const string WhyNot = "chromium (Debian package chromium) is not on PATH";

    // Text whose contrast against what is behind it is below the limit of WCAG 2.2 (AA); stripes and shadows aside.
    private const string PoorContrast = """
        (() => {
          const parse = text => { const m = text.match(/[\d.]+/g).map(Number); return { rgb: m.slice(0, 3), a: m.length > 3 ? m[3] : 1 }; };
          const light = rgb => {
            const c = rgb.map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
            return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
          };
          const behind = e => {
            for (; e; e = e.parentElement) { const b = parse(getComputedStyle(e).backgroundColor); if (b.a === 1) return b.rgb; }
            return [255, 255, 255];
          };
          const poor = new Set();
          for (const e of document.body.querySelectorAll('*')) {
            if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || e.classList.contains('skip')) continue;
            const a = light(parse(getComputedStyle(e).color).rgb), b = light(behind(e));
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (ratio < 4.5) poor.add(`${e.tagName}.${e.className} ${ratio.toFixed(2)}`);
          }
          return [...poor];
        })()
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("bookworm-quick.xencap")]
    [InlineData("simulated")]
    public async Task ShowsTheDataWithoutErrors(string source)
    {
        Assert.SkipWhen(Browser.Program is null, WhyNot);
        var report = source == "simulated" ? SomeReport.Create(new SimulatedTarget()) : SomeReport.FromCapture(source);
        await using var browser = await ShowAsync(report);

        Assert.Empty(browser.Complaints);
        Assert.Equal(report.Host.HostName, await browser.AskAsync<string>("document.querySelector('h1').textContent"));
        Assert.Equal("CSS1Compat", await browser.AskAsync<string>("document.compatMode"));
        Assert.Equal(report.Domains.Sum(domain => domain.Channels.Count(channel => channel.Pending == true)), await Count("p"));
        Assert.Equal(report.Domains.Sum(domain => domain.Channels.Count(channel => channel.Masked == true)), await Count("m"));
        Assert.Equal(report.Domains.Sum(domain => domain.Channels.Count(channel => channel.Pending is null)), await Count("u"));
        Assert.Equal(
            report.Domains.Sum(domain => domain.Cells.Count),
            await browser.AskAsync<int>("document.querySelectorAll('.map i').length"));

        // A cell that is there is one that can be seen.
        Task<int> Count(string name) =>
            browser.AskAsync<int>(
                $"[...document.querySelectorAll('.map .{name}')].filter(cell => cell.getBoundingClientRect().width > 20 && "
                    + $"cell.getBoundingClientRect().height > 10).length");
    }

    [Fact]
    public async Task HostileNamesDoNothing()
    {
        Assert.SkipWhen(Browser.Program is null, WhyNot);
        const string Hostile = "<script>console.log('x')</script><img src=x onerror=\"console.log('x')\"></style></title>";
        await using var browser = await ShowAsync(
            SomeReport.With(Hostile, [SomeReport.Channel(1) with { Device = Hostile }], SomeReport.Fault(text: Hostile)));

        Assert.Empty(browser.Complaints);
        Assert.Equal(0, await browser.AskAsync<int>("document.querySelectorAll('script, img').length"));
        Assert.Equal($"Domain 5: {Hostile}", await browser.AskAsync<string>("document.getElementById('domain-5').textContent"));
    }

    [Theory]
    [InlineData("light")]
    [InlineData("dark")]
    public async Task CanBeReadInEveryLight(string colours)
    {
        Assert.SkipWhen(Browser.Program is null, WhyNot);
        await using var browser = await ShowAsync(WithEverything());
        await browser.ViewAsync(1200, colours);

        Assert.Equal(colours == "dark", await browser.AskAsync<bool>("matchMedia('(prefers-color-scheme: dark)').matches"));
        Assert.Equal(
            colours == "dark" ? "rgb(16, 20, 25)" : "rgb(255, 255, 255)",
            await browser.AskAsync<string>("getComputedStyle(document.body).backgroundColor"));
        Assert.Empty(await browser.AskAsync<string[]>(PoorContrast));
    }

    [Theory]
    [InlineData(320)]
    [InlineData(390)]
    [InlineData(1600)]
    public async Task NothingSticksOutAtTheSide(int width)
    {
        Assert.SkipWhen(Browser.Program is null, WhyNot);
        await using var browser = await ShowAsync(SomeReport.FromCapture());
        await browser.ViewAsync(width);

        Assert.Equal(width, await browser.AskAsync<int>("innerWidth"));
        Assert.InRange(await browser.AskAsync<int>("document.documentElement.scrollWidth"), 1, width);
    }

    [Theory]
    [InlineData(320)]
    [InlineData(1600)]
    public async Task ACommandIsOneLineThatScrollsInsideThePage(int width)
    {
        Assert.SkipWhen(Browser.Program is null, WhyNot);
        await using var browser = await ShowAsync(SomeReport.Create(new SimulatedTarget(15)));
        await browser.ViewAsync(width);
        const string Commands = "[...document.querySelectorAll('code.command')]";

        Assert.InRange(await browser.AskAsync<int>("document.documentElement.scrollWidth"), 1, width);
        Assert.NotEqual(0, await browser.AskAsync<int>($"{Commands}.length"));
        Assert.Equal(0, await browser.AskAsync<int>($"{Commands}.filter(code => code.clientHeight >= 36).length"));
        Assert.Equal(0, await browser.AskAsync<int>($"{Commands}.filter(code => code.getBoundingClientRect().right > innerWidth).length"));
        Assert.Equal(width == 320, await browser.AskAsync<bool>($"{Commands}.some(code => code.scrollWidth > code.clientWidth)"));
    }

    [Fact]
    public async Task LinksLeadToWhatTheyName()
    {
        Assert.SkipWhen(Browser.Program is null, WhyNot);
        await using var browser = await ShowAsync(SomeReport.FromCapture());
        await browser.ViewAsync(1000);

        await browser.AskAsync<string>("document.querySelector(\"a[href='#domain-4']\").click(), location.hash");
        Assert.Equal(
            "domain-4",
            await browser.AskAsync<string>("document.elementFromPoint(100, 60).closest('section').getAttribute('aria-labelledby')"));
    }

    [Fact]
    public async Task PaperShowsWhatIsFoldedUpOnTheScreen()
    {
        Assert.SkipWhen(Browser.Program is null, WhyNot);
        // Asking for a style makes the browser apply what changed.
        const string Hidden =
            "getComputedStyle(document.querySelector('details'), '::details-content').contentVisibility && "
                + "[...document.querySelectorAll('details td')].filter(cell => !cell.checkVisibility()).length";
        await using var browser = await ShowAsync(SomeReport.With("guest", [SomeReport.Channel(1), SomeReport.Channel(2)]));

        Assert.NotEqual(0, await browser.AskAsync<int>(Hidden));
        await browser.ViewAsync(800, media: "print");
        Assert.Equal(0, await browser.AskAsync<int>(Hidden));
        Assert.Equal("none", await browser.AskAsync<string>("getComputedStyle(document.querySelector('.skip')).display"));
    }

    private static HostReport WithEverything() =>
        SomeReport.With(
            "guest",
            [
                SomeReport.Channel(1),
                SomeReport.Channel(2, true),
                SomeReport.Channel(3, false, true),
                SomeReport.Channel(4, true, true),
                SomeReport.Channel(5, null, null),
                SomeReport.Channel(6, null, null, ChannelState.Closed),
            ],
            SomeReport.Fault(FaultSeverity.Critical),
            SomeReport.Fault(FaultSeverity.Warning),
            SomeReport.Fault(FaultSeverity.Information));

    private async Task<Browser> ShowAsync(HostReport report)
    {
        var file = _folder["report.html"];
        await File.WriteAllTextAsync(file, SomeReport.Html(report));
        var browser = await Browser.StartAsync();
        await browser.ShowAsync(file);
        return browser;
    }
}
