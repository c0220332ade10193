using System.Text.Json;
using XenShared.Cli.Output;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli;

/// <summary>Checks the JSON of the command: one object per line, with the property names of PowerShell.</summary>
public sealed class JsonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("domains", typeof(XenDomain))]
    [InlineData("info", typeof(XenSharedInfo))]
    [InlineData("vcpus", typeof(XenVcpuInfo))]
    [InlineData("channels --include-closed", typeof(XenEventChannel))]
    public void EachLineIsAnObjectOfTheModel(string command, Type type)
    {
        var run = CliProgram.Run([.. command.Split(' '), "--json", "--target", _folder.RealCapture()]);

        Assert.Equal(0, run.Status);
        // The output is identical to the results of the library.
        using var target = CaptureTarget.Open(_folder["real.xencap"]);
        Assert.Equal(Answers.Read(target).Where(answer => PropertyNames(answer).SequenceEqual(PropertyNames(type))), run.Lines);
    }

    [Fact]
    public void EachClockIsTheResultOfTheLibrary()
    {
        var run = CliProgram.Run("clocks", "--json", "--target", _folder.RealCapture());

        using var target = CaptureTarget.Open(_folder["real.xencap"]);
        var clocks = new ClockQuery(target, new RecordingObserver()).Run(
            DomainSelection.All,
            TestContext.Current.CancellationToken);
        Assert.Equal(clocks.Select(clock => JsonSerializer.Serialize(clock, ModelJson.Default.XenClock)), run.Lines);
    }

    [Fact]
    public void WhatIsNotKnownIsNullAndNamesAreWords()
    {
        var run = CliProgram.Run("channels", "--json", "--domid", "0", "--port", "1", "--target", _folder.RealCapture());

        using var document = JsonDocument.Parse(Assert.Single(run.Lines));
        var channel = document.RootElement;
        Assert.Equal(JsonValueKind.Null, channel.GetProperty("Pending").ValueKind);
        Assert.Equal(JsonValueKind.Null, channel.GetProperty("Masked").ValueKind);
        Assert.Equal(
            ("VirtualIrq", "Timer", "Fifo"),
            (channel.GetProperty("State").GetString(), channel.GetProperty("Virq").GetString(), channel.GetProperty("EventAbi").GetString())
        );
    }

    [Fact]
    public void BitsAreBooleansAndBytesAreBase64()
    {
        var run = CliProgram.Run("info", "--json", "--domid", "3", "--target", _folder.RealCapture());

        using var document = JsonDocument.Parse(Assert.Single(run.Lines));
        var page = document.RootElement;
        Assert.Equal(4096, page.GetProperty("Bytes").GetBytesFromBase64().Length);
        Assert.Equal([1u, 2u], page.GetProperty("PendingPort").EnumerateArray().Select(port => port.GetUInt32()));
        Assert.True(page.GetProperty("Vcpu")[0].GetProperty("UpcallPending").GetBoolean());
        Assert.True(page.GetProperty("WallClock").GetProperty("Time").TryGetDateTimeOffset(out _));
        Assert.Equal("X86_64", page.GetProperty("Layout").GetString());
    }

    private static string[] PropertyNames(Type type) =>
        [.. ModelJson.Default.GetTypeInfo(type)!.Properties.Select(property => property.Name).Order(StringComparer.Ordinal)];

    private static string[] PropertyNames(string json)
    {
        if (!json.StartsWith('{')) return [];
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal)];
    }
}
