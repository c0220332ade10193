using System.Text;
using System.Text.Json;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli;

/// <summary>Tests how each output shows why a domain shut down.</summary>
public sealed class ShutdownReasonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Crashed", "Watchdog", "watchdog", "Crashed (shutdown reason Watchdog)")]
    [InlineData("Dying", "Poweroff", "poweroff", "Dying (shutdown reason Poweroff)")]
    [InlineData("Shutdown", null, "?", "Shutdown · ")]
    [InlineData("Dying", null, "-", "Dying · ")]
    [InlineData("Blocked", null, "-", "Blocked · ")]
    public void EveryOutputShowsIt(string state, string? reason, string cell, string inReport)
    {
        var domain = CaptureText.Domain().Replace(
            "\"Blocked\"",
            $"\"{state}\"{(reason is null ? "" : $",\"shutdownReason\":\"{reason}\"")}",
            StringComparison.Ordinal);
        var file = _folder.Write("host.xencap", Encoding.UTF8.GetBytes(CaptureText.Complete(domain)));

        var wide = CliProgram.Run("domains", "-t", file, "-o", "wide").Lines;
        var json = CliProgram.Run("domains", "-t", file, "-o", "json").Lines;
        CliProgram.Run("report", "-t", file, _folder["report.html"]);

        Assert.Equal(cell, wide[1][wide[0].IndexOf("REASON", StringComparison.Ordinal)..].Split(' ')[0]);
        Assert.Equal(reason, JsonSerializer.Deserialize<JsonElement>(json[0]).GetProperty("ShutdownReason").GetString());
        Assert.Contains(inReport, File.ReadAllText(_folder["report.html"]), StringComparison.Ordinal);
    }
}
