using System.Text.Json;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli;

/// <summary>The command <c>devices</c>.</summary>
public sealed class DevicesCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void BothEndsInATableOf80Columns()
    {
        var lines = CliProgram.Run("devices", "-d", "1", "-t", "simulated").Lines;

        Assert.Equal("  DOM KIND    ID       BACKEND FRONT STATE   BACK STATE    HOTPLUG   PORTS", lines[0]);
        Assert.Equal("    1 console 0              0 -             Initialising  -         2", lines[1]);
        Assert.Equal("    1 vbd     51712          0 Connected     Connected     connected 66", lines[2]);
        Assert.Equal(5, lines.Length);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 80));
    }

    [Fact]
    public void KindsAndPortsSelect()
    {
        Assert.Equal(["vif"], Kinds("--kind", "VIF"));
        Assert.Equal(["vbd"], Kinds("--port", "66"));
        Assert.Equal(1, CliProgram.Run("devices", "-t", "simulated", "--kind", "pci").Status);
    }

    [Fact]
    public void NumbersAndWordsOfJson()
    {
        var run = CliProgram.Run("devices", "-d", "1", "--kind", "vbd", "-t", "simulated", "--json");

        var disk = JsonDocument.Parse(Assert.Single(run.Lines)).RootElement;
        Assert.Equal(("51712", "Connected"), (disk.GetProperty("Id").GetString(), disk.GetProperty("BackendState").GetString()));
        Assert.Equal(66u, disk.GetProperty("Port")[0].GetUInt32());
        Assert.Equal(JsonValueKind.Null, disk.GetProperty("Error").ValueKind);
    }

    [Fact]
    public void ACaptureOfAnEarlierVersionSaysSoForEachDomain()
    {
        var run = CliProgram.Run("devices", "-d", "0", "5", "-t", _folder.RealCapture());

        Assert.Equal((5, ""), (run.Status, run.Output));
        Assert.Equal(2, run.Error.Split("does not contain the devices of domain").Length - 1);
    }

    private static string[] Kinds(params string[] arguments) =>
        [
            .. CliProgram.Run(["devices", "-d", "1", "-t", "simulated", "--json", .. arguments]).Lines
                .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("Kind").GetString()!),
        ];
}
