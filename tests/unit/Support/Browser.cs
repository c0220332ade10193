using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace XenShared.Tests.Support;

/// <summary>Controls a headless Chromium with one page over its debugging protocol on the loopback interface.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private const string Announcement = "DevTools listening on ";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly TemporaryFolder _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _limit = new(s_patience);
    private string? _session;
    private int _lastId;

    private Browser(Process process, TemporaryFolder profile)
    {
        _process = process;
        _profile = profile;
    }

    /// <summary>Gets the path of Chromium; null if it is not installed.</summary>
    public static string? Program { get; } = Tool.Find("chromium", "chromium-browser", "google-chrome");

    /// <summary>
    /// Gets the messages of the page's console and of the browser's log, and the resources that were loaded in addition to the page.
    /// </summary>
    public List<string> Complaints { get; } = [];

    public static async Task<Browser> StartAsync()
    {
        var profile = new TemporaryFolder();
        var start = new ProcessStartInfo(Program!)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        foreach (var argument in (string[])
                [
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-dev-shm-usage",
                    "--remote-debugging-port=0",
                    $"--user-data-dir={profile.Root}",
                    "about:blank",
                ])
            start.ArgumentList.Add(argument);
        var browser = new Browser(Process.Start(start)!, profile);
        var address = await browser.ReadAddressAsync();
        await browser._socket.ConnectAsync(new Uri(address), browser._limit.Token);
        var target = await browser.CallAsync("Target.createTarget", new() { ["url"] = "about:blank" });
        var attached = await browser.CallAsync(
            "Target.attachToTarget",
            new() { ["targetId"] = (string?)target["targetId"], ["flatten"] = true });
        browser._session = (string?)attached["sessionId"];
        foreach (var domain in (string[])["Page", "Runtime", "Log", "Network"]) await browser.CallAsync($"{domain}.enable");
        return browser;
    }

    /// <summary>Loads a file, and waits until it is displayed.</summary>
    public async Task ShowAsync(string file)
    {
        await CallAsync("Page.navigate", new() { ["url"] = new Uri(file).AbsoluteUri });
        while ((string?)(await ReceiveAsync())["method"] != "Page.loadEventFired")
        {
            // Earlier messages are recorded.
        }
    }

    /// <summary>Emulates a width, a colour scheme of the system, or paper.</summary>
    public async Task ViewAsync(int width, string colours = "light", string media = "screen")
    {
        await CallAsync(
            "Emulation.setDeviceMetricsOverride",
            new()
            {
                ["width"] = width,
                ["height"] = 900,
                ["deviceScaleFactor"] = 1,
                ["mobile"] = width < 600,
            });
        await CallAsync(
            "Emulation.setEmulatedMedia",
            new()
            {
                ["media"] = media,
                ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = colours }),
            });
    }

    /// <summary>Returns the value of an expression in the page.</summary>
    public async Task<T> AskAsync<T>(string expression)
    {
        var answer = await CallAsync("Runtime.evaluate", new() { ["expression"] = expression, ["returnByValue"] = true });
        Assert.True(answer["exceptionDetails"] is null, answer.ToJsonString());
        return answer["result"]!["value"].Deserialize<T>()!;
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _limit.Dispose();
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        try
        {
            _profile.Dispose();
        }
        catch (IOException)
        {
            // A part of the browser may write a last time while it ends.
        }
    }

    private async Task<string> ReadAddressAsync()
    {
        while (await _process.StandardError.ReadLineAsync(_limit.Token) is { } line)
        {
            if (!line.StartsWith(Announcement, StringComparison.Ordinal)) continue;
            // Its further output must not fill the pipe.
            _ = _process.StandardError.ReadToEndAsync(_limit.Token);
            return line[Announcement.Length..];
        }
        throw new InvalidOperationException($"{Program} ended without a word about its debugging port.");
    }

    private async Task<JsonObject> CallAsync(string method, JsonObject? parameters = null)
    {
        var id = ++_lastId;
        var call = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        if (_session is not null) call["sessionId"] = _session;
        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(call), WebSocketMessageType.Text, endOfMessage: true, _limit.Token);
        while (true)
        {
            var message = await ReceiveAsync();
            if ((int?)message["id"] != id) continue;
            if (message["error"] is { } error) throw new InvalidOperationException($"{method}: {error.ToJsonString()}");
            return message["result"]!.AsObject();
        }
    }

    private async Task<JsonObject> ReceiveAsync()
    {
        using var text = new MemoryStream();
        var buffer = new byte[65536];
        ValueWebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer.AsMemory(), _limit.Token);
            text.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        var message = JsonNode.Parse(text.ToArray())!.AsObject();
        var said = (string?)message["method"] switch
        {
            "Runtime.consoleAPICalled" or "Runtime.exceptionThrown" or "Log.entryAdded" => message.ToJsonString(),
            "Network.requestWillBeSent" when (string?)message["params"]!["type"] != "Document" => message["params"]!["request"]![
                "url"
            ]!.ToString(),
            _ => null,
        };
        if (said is not null && !said.StartsWith("data:", StringComparison.Ordinal)) Complaints.Add(said);
        return message;
    }
}
