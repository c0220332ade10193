using XenShared.Hypervisor;
using XenShared.Tests.Support;

namespace XenShared.Tests.Targets;

/// <summary>Devices in xenstore, of which guests write a part.</summary>
public sealed class DeviceReaderTests
{
    private const string Disk = "/local/domain/1/device/vbd/51712";
    private const string DiskBackend = "/local/domain/0/backend/vbd/1/51712";

    [Fact]
    public void AHealthyDisk()
    {
        var table = StoreTree.WithDisk().Read();

        Assert.True(table.IsComplete);
        var disk = Assert.Single(table.Devices);
        Assert.Equal(("vbd", "51712", (ushort?)0, "vbd"), (disk.Kind, disk.Id, disk.BackendDomId, disk.BackendKind));
        Assert.Equal(new Dictionary<string, string> { ["event-channel"] = "9", ["ring-ref"] = "8", ["state"] = "4" }, disk.Frontend);
        Assert.Equal(
            new Dictionary<string, string> { ["hotplug-status"] = "connected", ["online"] = "1", ["state"] = "4" },
            disk.Backend);
        Assert.Equal((null, null, null), (disk.HotplugError, disk.BackendError, disk.FrontendError));
    }

    [Fact]
    public void TheDevicesOfAnotherDomainAreNotRead()
    {
        var tree = StoreTree.WithDisk(10);
        tree.AddDisk(1, "51728");

        Assert.Equal("51728", Assert.Single(tree.Read(1).Devices).Id);
        Assert.Equal("51712", Assert.Single(tree.Read(10).Devices).Id);
        Assert.Empty(tree.Read(2).Devices);
    }

    [Fact]
    public void ErrorsComeFromThePlaceOfEachDriver()
    {
        var tree = StoreTree.WithDisk();
        tree[$"{DiskBackend}/hotplug-error"] = "/etc/xen/scripts/block failed; error detected.";
        tree["/local/domain/0/error/backend/vbd/1/51712/error"] = "2 reading physical-device";
        tree["/local/domain/1/error/device/vbd/51712/error"] = "12 granting access to ring page";

        var disk = Assert.Single(tree.Read().Devices);

        Assert.Equal(
            ("/etc/xen/scripts/block failed; error detected.", "2 reading physical-device", "12 granting access to ring page"),
            (disk.HotplugError, disk.BackendError, disk.FrontendError));
    }

    [Fact]
    public void TheFirstConsoleIsOutsideOfTheDevices()
    {
        var tree = new StoreTree
        {
            ["/libxl/1/device/console/0/frontend"] = "/local/domain/1/console",
            ["/libxl/1/device/console/0/backend"] = "/local/domain/0/backend/console/1/0",
            ["/local/domain/1/console/port"] = "2",
            ["/local/domain/1/console/ring-ref"] = "716290",
            ["/local/domain/1/console/tty"] = "/dev/pts/0",
            ["/local/domain/0/backend/console/1/0/state"] = "1",
        };

        var console = Assert.Single(tree.Read().Devices);

        Assert.Equal(("console", "0", "1"), (console.Kind, console.Id, console.Backend["state"]));
        Assert.Equal(["port", "ring-ref"], console.Frontend.Keys);
    }

    [Fact]
    public void AConsoleWithoutLibxl()
    {
        var tree = new StoreTree { ["/local/domain/1/console/port"] = "2" };

        var console = Assert.Single(tree.Read().Devices);

        Assert.Equal(("console", "0", (ushort?)null), (console.Kind, console.Id, console.BackendDomId));
    }

    [Theory]
    [InlineData("queue-0/event-channel-tx", "queue-3/tx-ring-ref")]
    [InlineData("event-channel-0", "ring-ref15")]
    [InlineData("0/1/event-channel", "0/1/ring-ref")]
    [InlineData("req-event-channel", "evt-ring-ref")]
    [InlineData("event-channel", "page-gref")]
    [InlineData("port", "ring-ref")]
    public void PortsAndRingsOfAllKinds(string port, string ring)
    {
        var tree = new StoreTree
        {
            ["/local/domain/1/device/other/0/state"] = "4",
            [$"/local/domain/1/device/other/0/{port}"] = "21",
            [$"/local/domain/1/device/other/0/{ring}"] = "22",
            ["/local/domain/1/device/other/0/mac"] = "00:16:3e:15:62:c8",
        };

        var device = Assert.Single(tree.Read().Devices);

        Assert.Equal(("other", "21", "22"), (device.Kind, device.Frontend[port], device.Frontend[ring]));
        Assert.Equal(3, device.Frontend.Count);
    }

    [Fact]
    public void AnotherKindOfBackend()
    {
        var tree = new StoreTree
        {
            ["/libxl/1/device/vbd/51712/backend"] = "/local/domain/7/backend/qdisk/1/51712",
            ["/local/domain/1/device/vbd/51712/state"] = "4",
            ["/local/domain/7/backend/qdisk/1/51712/state"] = "2",
        };

        var disk = Assert.Single(tree.Read().Devices);

        Assert.Equal(((ushort?)7, "qdisk", "2"), (disk.BackendDomId, disk.BackendKind, disk.Backend["state"]));
    }

    [Fact]
    public void AToolstackWithoutItsOwnRecords()
    {
        var tree = new StoreTree();
        tree.AddDisk(isInToolstack: false);

        Assert.Equal("4", Assert.Single(tree.Read().Devices).Backend["state"]);
    }

    [Fact]
    public void TheSuspendChannelIsNoDevice()
    {
        var tree = new StoreTree
        {
            ["/local/domain/1/device/suspend/event-channel"] = "9",
            ["/local/domain/1/device/suspend/state/state"] = "4",
            ["/local/domain/1/device/vif"] = "",
        };

        Assert.Empty(tree.Read().Devices);
    }

    [Fact]
    public void AFrontendThatTheGuestRemovedIsStillListed()
    {
        var tree = new StoreTree
        {
            ["/libxl/1/device/vbd/51712/frontend"] = Disk,
            ["/libxl/1/device/vbd/51712/backend"] = DiskBackend,
            [$"{DiskBackend}/state"] = "2",
        };

        var disk = Assert.Single(tree.Read().Devices);

        Assert.Empty(disk.Frontend);
        Assert.Equal("2", disk.Backend["state"]);
    }

    // A backend of another guest, of another device, one that does not name the frontend, and paths that are none.
    [Theory]
    [InlineData("/local/domain/0/backend/vbd/2/51712", true)]
    [InlineData("/local/domain/0/backend/vbd/01/51712", true)]
    [InlineData("/local/domain/0/backend/vbd/1/51728", true)]
    [InlineData("/local/domain/0/backend/vbd/1/51712", false)]
    [InlineData("/local/domain/32752/backend/vbd/1/51712", true)]
    [InlineData("/local/domain/-1/backend/vbd/1/51712", true)]
    [InlineData("/local/domain/0/backend/vbd/1/51712/x", true)]
    [InlineData("/local/domain/0/backend/../1/51712", true)]
    [InlineData("/local/domain/0/data", true)]
    [InlineData("local/domain/0/backend/vbd/1/51712", true)]
    [InlineData("", true)]
    public void ABackendThatTheGuestMadeUpIsNotBelieved(string path, bool namesFrontend)
    {
        var tree = new StoreTree
        {
            [$"{Disk}/state"] = "4",
            [$"{Disk}/backend"] = path,
            [$"{path}/state"] = "4",
            [$"{path}/hotplug-error"] = "a secret of another guest",
        };
        if (namesFrontend) tree[$"{path}/frontend"] = Disk;

        var disk = Assert.Single(tree.Read().Devices);

        Assert.Equal((null, null, null), (disk.BackendDomId, disk.BackendKind, disk.HotplugError));
        Assert.Empty(disk.Backend);
    }

    [Fact]
    public void TheToolstackIsBelievedRatherThanTheGuest()
    {
        var tree = StoreTree.WithDisk();
        tree[$"{Disk}/backend"] = "/local/domain/0/backend/other/1/51712";
        tree["/local/domain/0/backend/other/1/51712/frontend"] = Disk;

        Assert.Equal("vbd", Assert.Single(tree.Read().Devices).BackendKind);
    }

    [Fact]
    public void AGuestWithManyDevicesHidesNoneOfTheToolstackAndIsNotReadForLong()
    {
        var tree = StoreTree.WithDisk();
        for (var id = 0; id < 3000; id++) tree[$"/local/domain/1/device/aaa/{id}/state"] = "4";

        var table = tree.Read();

        Assert.False(table.IsComplete);
        Assert.Equal(DeviceInfo.MaximumDevices, table.Devices.Count);
        Assert.Contains(table.Devices, device => device is { Kind: "vbd", BackendDomId: 0 });
        Assert.InRange(tree.Requests, 0, 8192);
    }

    [Fact]
    public void AGuestWithManyQueuesIsNotReadForLong()
    {
        var tree = StoreTree.WithDisk();
        for (var queue = 0; queue < 9000; queue++) tree[$"{Disk}/queue-{queue}/event-channel"] = "9";

        var table = tree.Read();

        Assert.False(table.IsComplete);
        Assert.Equal(DeviceInfo.MaximumNodes, Assert.Single(table.Devices).Frontend.Count);
        Assert.InRange(tree.Requests, 0, 8192);
    }

    [Fact]
    public void DirectoriesInDirectoriesAreNotFollowedForever()
    {
        var tree = StoreTree.WithDisk();
        tree[$"{Disk}/{string.Join('/', Enumerable.Repeat("0", 500))}/event-channel"] = "77";

        var disk = Assert.Single(tree.Read().Devices);

        Assert.DoesNotContain("77", disk.Frontend.Values);
    }

    [Fact]
    public void ALongValueIsLeftOutAndALongErrorIsCutOff()
    {
        var tree = StoreTree.WithDisk();
        tree[$"{Disk}/event-channel"] = new string('9', DeviceInfo.MaximumValue + 1);
        tree[$"{DiskBackend}/hotplug-status"] = new string('x', 4096);
        tree["/local/domain/1/error/device/vbd/51712/error"] = new string('x', 4096);

        var disk = Assert.Single(tree.Read().Devices);

        Assert.DoesNotContain("event-channel", disk.Frontend.Keys);
        Assert.DoesNotContain("hotplug-status", disk.Backend.Keys);
        Assert.Equal(DeviceInfo.MaximumError, disk.FrontendError!.Length);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("..")]
    [InlineData("\u001b[31m")]
    [InlineData("漢")]
    [InlineData("vif\n")]
    public void ANameThatXenstoreDoesNotAllowIsNoDevice(string name)
    {
        var tree = new StoreTree
        {
            [$"/local/domain/1/device/{name}/0/state"] = "4",
            [$"/local/domain/1/device/vif/{name}/state"] = "4",
        };

        Assert.Empty(tree.Read().Devices);
    }

    [Fact]
    public void TheyAreInTheOrderOfTheirNumbers()
    {
        var tree = new StoreTree();
        foreach (var device in new[] { "vif/10", "vif/2", "vbd/51728", "vbd/768", "9pfs/0" })
            tree[$"/local/domain/1/device/{device}/state"] = "4";

        Assert.Equal(
            ["9pfs/0", "vbd/768", "vbd/51728", "vif/2", "vif/10"],
            tree.Read().Devices.Select(device => $"{device.Kind}/{device.Id}"));
    }
}
