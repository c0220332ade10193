using XenShared.Hypervisor;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files;

/// <summary>Devices in captures (minor version 5).</summary>
public sealed class CaptureDeviceTests
{
    private const string Disk =
        """{"device":"vbd","id":"51712","frontend":{"state":"4","event-channel":"9"},"backendDomid":0"""
            + ""","backendKind":"qdisk","backend":{"state":"2"},"hotplugError":"a","backendError":"b","frontendError":"c"}""";

    [Fact]
    public void EveryPropertyIsRead()
    {
        var capture = Open(Devices(Disk), Devices("""{"device":"vif","id":"0","frontend":{},"backend":{}}"""));

        var table = capture.ReadDevices(5)!;

        Assert.True(table.IsComplete);
        var disk = table.Devices[0];
        Assert.Equal(("vbd", "51712", (ushort?)0, "qdisk"), (disk.Kind, disk.Id, disk.BackendDomId, disk.BackendKind));
        Assert.Equal(("4", "9", "2"), (disk.Frontend["state"], disk.Frontend["event-channel"], disk.Backend["state"]));
        Assert.Equal(("a", "b", "c"), (disk.HotplugError, disk.BackendError, disk.FrontendError));
        var network = table.Devices[1];
        Assert.Equal(("vif", "0", null, null), (network.Kind, network.Id, network.BackendDomId, network.BackendKind));
        Assert.Equal((null, null, null), (network.HotplugError, network.BackendError, network.FrontendError));
    }

    [Fact]
    public void ACaptureOfAnEarlierVersionHasNone() => Assert.Null(Open().ReadDevices(5));

    [Fact]
    public void NoDevicesAreNotTheSameAsUnknownOnes() => Assert.Empty(Open(Devices("")).ReadDevices(5)!.Devices);

    [Fact]
    public void TheReasonWhyThereAreNoneIsReported()
    {
        var capture = Open(
            """{"kind":"error","domid":5,"part":"devices","id":"NotSupportedByHost","message":"No xenstore.","hint":"start it"}""");

        Assert.Equal(XenErrorId.NotSupportedByHost, Assert.Throws<XenException>(() => capture.ReadDevices(5)).Id);
    }

    [Fact]
    public void WhatIsWrittenIsReadAgain()
    {
        var tree = StoreTree.WithDisk();
        tree.AddDisk(1, "51728");
        tree.AddDisk(1, "51744", isInToolstack: false);
        tree["/local/domain/1/device/vif/0/state"] = "</script>\0\u001b[31m";
        tree["/local/domain/1/error/device/vif/0/error"] = "\ud800 half";
        var written = tree.Read() with { IsComplete = false };
        var guest = new FakeDomain { Reading = Some.Domain(), Samples = [Some.Sample(new byte[4096])], Devices = written };

        using var capture = Export(guest);

        var read = capture.ReadDevices(5)!;
        Assert.Equal((false, 4), (read.IsComplete, read.Devices.Count));
        Assert.All(read.Devices.Zip(written.Devices), pair =>
        {
            Assert.Equal(
                (pair.Second.Kind, pair.Second.Id, pair.Second.BackendDomId, pair.Second.BackendKind),
                (pair.First.Kind, pair.First.Id, pair.First.BackendDomId, pair.First.BackendKind));
            Assert.Equal(pair.Second.Frontend, pair.First.Frontend);
            Assert.Equal(pair.Second.Backend, pair.First.Backend);
        });
        Assert.Equal("\ufffd half", read.Devices[3].FrontendError);
    }

    [Fact]
    public void TheLargestDevicesAreReadAgain()
    {
        var nodes = Enumerable.Range(0, DeviceInfo.MaximumNodes)
            .ToDictionary(
                node => string.Join('/', node.ToString("D64", null), new string('q', 64), new string('p', 64)),
                _ => new string('\u0001', DeviceInfo.MaximumValue));
        var error = new string('\u0001', DeviceInfo.MaximumError);
        var device = new DeviceInfo
        {
            Kind = new string('k', DeviceInfo.MaximumName),
            Id = new string('i', DeviceInfo.MaximumName),
            Frontend = nodes,
            Backend = nodes,
            FrontendError = error,
            BackendError = error,
            HotplugError = error,
        };
        var guest = new FakeDomain
        {
            Reading = Some.Domain(),
            Samples = [Some.Sample(new byte[4096])],
            Devices = new DeviceTable([device, device, device]),
        };

        using var capture = Export(guest);

        Assert.Equal(nodes, capture.ReadDevices(5)!.Devices[2].Backend);
    }

    [Fact]
    public void MoreDevicesThanADomainCanHave()
    {
        const string Device = """{"device":"vif","id":"0","frontend":{},"backend":{}}""";
        var full = string.Join(',', Enumerable.Repeat(Device, DeviceInfo.MaximumDevices));

        Assert.Equal(DeviceInfo.MaximumDevices, Open(Devices(full)).ReadDevices(5)!.Devices.Count);
        AssertDamaged(Devices(full), Devices(Device));
    }

    [Theory]
    [InlineData("\"device\":\"vbd\"", "\"device\":\"v b\"")]
    [InlineData("\"device\":\"vbd\"", "\"device\":\"\"")]
    [InlineData("\"device\":\"vbd\"", "\"device\":null")]
    [InlineData("\"id\":\"51712\"", "\"id\":\"../1\"")]
    [InlineData("\"id\":\"51712\"", "\"id\":51712")]
    [InlineData("\"id\":\"51712\",", "")]
    [InlineData("\"backendKind\":\"qdisk\"", "\"backendKind\":\"\\u001b\"")]
    [InlineData("\"backendDomid\":0", "\"backendDomid\":65536")]
    [InlineData("\"backendDomid\":0", "\"backendDomid\":-1")]
    [InlineData("\"state\":\"2\"", "\"state\":2")]
    [InlineData("\"state\":\"2\"", "\"state\":null")]
    [InlineData("\"backend\":{\"state\":\"2\"}", "\"backend\":null")]
    [InlineData("\"backend\":{\"state\":\"2\"}", "\"backend\":[]")]
    [InlineData("\"backend\":{\"state\":\"2\"},", "")]
    public void ADeviceThatCannotBe(string valid, string invalid)
    {
        Assert.Contains(valid, Disk, StringComparison.Ordinal);

        AssertDamaged(Devices(Disk.Replace(valid, invalid, StringComparison.Ordinal)));
    }

    [Fact]
    public void ATextThatIsTooLong()
    {
        AssertDamaged(Devices(Disk.Replace("\"state\":\"2\"", $"\"state\":\"{new string('2', 65)}\"", StringComparison.Ordinal)));
        AssertDamaged(Devices(Disk.Replace("\"state\":\"2\"", $"\"{new string('s', 195)}\":\"2\"", StringComparison.Ordinal)));
        var error = new string('a', DeviceInfo.MaximumError + 1);
        AssertDamaged(Devices(Disk.Replace("\"hotplugError\":\"a\"", $"\"hotplugError\":\"{error}\"", StringComparison.Ordinal)));
        var nodes = string.Join(',', Enumerable.Range(0, DeviceInfo.MaximumNodes + 1).Select(node => $"\"{node}\":\"1\""));
        AssertDamaged(Devices(Disk.Replace("\"state\":\"2\"", nodes, StringComparison.Ordinal)));
    }

    [Fact]
    public void LinesThatDoNotFitTogether()
    {
        AssertDamaged(Devices(Disk), Devices("").Replace("}", ",\"cutOff\":true}", StringComparison.Ordinal));
        AssertDamaged(Devices("null"));
        AssertDamaged("""{"kind":"devices","domid":5}""");
        AssertDamaged("""{"kind":"devices","domid":6,"devices":[]}""");
    }

    private static CaptureTarget Export(FakeDomain guest)
    {
        using var output = new MemoryStream();
        new CaptureExport(new RecordedTarget(guest), new RecordingObserver()) { Compress = false }.Run(DomainSelection.All, output);
        return CaptureText.Open(output.ToArray());
    }

    private static string Devices(string devices) => $$"""{"kind":"devices","domid":5,"devices":[{{devices}}]}""";

    private static CaptureTarget Open(params string[] lines) =>
        CaptureText.Open(System.Text.Encoding.UTF8.GetBytes(CaptureText.Complete([CaptureText.Domain(), .. lines])));

    private static void AssertDamaged(params string[] lines) =>
        CaptureText.AssertDamaged(CaptureText.Complete([CaptureText.Domain(), .. lines]));
}
