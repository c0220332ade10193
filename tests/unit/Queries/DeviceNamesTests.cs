using FsCheck.Fluent;
using XenShared.Queries;
using XenShared.Tests.Support;

namespace XenShared.Tests.Queries;

/// <summary>Tests the names of devices that xenstore assigns to ports.</summary>
public sealed class DeviceNamesTests
{
    [Theory]
    [InlineData("console/port", "console")]
    [InlineData("store/port", "xenstore")]
    [InlineData("vuart/0/port", "vuart0")]
    [InlineData("device/console/1/port", "console1")]
    [InlineData("device/suspend/event-channel", "suspend")]
    [InlineData("device/vbd/51712/event-channel", "vbd51712")]
    [InlineData("device/vbd/51712/queue-3/event-channel", "vbd51712 queue 3")]
    [InlineData("device/vif/0/event-channel", "vif0")]
    [InlineData("device/vif/0/event-channel-tx", "vif0 tx")]
    [InlineData("device/vif/0/event-channel-rx", "vif0 rx")]
    [InlineData("device/vif/1/queue-0/event-channel-rx", "vif1 queue 0 rx")]
    [InlineData("device/vif/1/queue-12/event-channel-tx", "vif1 queue 12 tx")]
    [InlineData("device/9pfs/0/event-channel-0", "9pfs0 ring 0")]
    [InlineData("device/9pfs/0/event-channel-1", "9pfs0 ring 1")]
    [InlineData("device/vkbd/0/event-channel", "vkbd0")]
    [InlineData("device/vdispl/0/req-event-channel", "vdispl0 request")]
    [InlineData("device/vdispl/0/evt-event-channel", "vdispl0 event")]
    public void KnownNodes(string path, string label) =>
        Assert.Equal(label, DeviceNames.Parse(new Dictionary<string, string> { [path] = "9" }).Find(9));

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("console")]
    [InlineData("console/port/port")]
    [InlineData("device")]
    [InlineData("device/vif")]
    [InlineData("device/vif/0")]
    [InlineData("device/vif/0/port")]
    [InlineData("device/vif/0/event-channels")]
    [InlineData("device/vif/0/queue/event-channel")]
    [InlineData("device/vif/0/ring-0/event-channel")]
    [InlineData("device/vif/0/queue-0/queue-1/event-channel")]
    [InlineData("device/vif/0/tx-ring-ref")]
    [InlineData("backend/vif/0/event-channel")]
    public void OtherNodesNameNothing(string path) =>
        Assert.Null(DeviceNames.Parse(new Dictionary<string, string> { [path] = "9" }).Find(9));

    [Theory]
    [InlineData("0")]
    [InlineData("-9")]
    [InlineData("+9")]
    [InlineData(" 9")]
    [InlineData("9 ")]
    [InlineData("9\n")]
    [InlineData("0x9")]
    [InlineData("9.0")]
    [InlineData("1e1")]
    [InlineData("")]
    [InlineData("nine")]
    [InlineData("4294967305")]
    [InlineData("99999999999999999999999999999999999999")]
    [InlineData("٩")]
    public void AGuestMayWriteAnything(string value)
    {
        var names = DeviceNames.Parse(new Dictionary<string, string> { ["device/vif/0/event-channel"] = value });

        Assert.Null(names.Find(9));
        Assert.Null(names.Find(0));
    }

    [Fact]
    public void OfTwoNodesThatNameOnePortTheToolstacksOwnComesFirst()
    {
        // console/port is written by the toolstack, the others by the guest.
        var nodes = new Dictionary<string, string>
        {
            ["device/vif/0/event-channel"] = "2",
            ["console/port"] = "2",
            ["device/vbd/1/event-channel"] = "2",
        };

        Assert.Equal("console", DeviceNames.Parse(nodes).Find(2));
    }

    [Fact]
    public void TheOrderOfTheNodesDoesNotMatter()
    {
        string[] paths = ["device/vif/0/event-channel", "device/vbd/1/event-channel", "store/port"];
        var forth = DeviceNames.Parse(paths.ToDictionary(path => path, _ => "4"));
        var back = DeviceNames.Parse(paths.Reverse().ToDictionary(path => path, _ => "4"));

        Assert.Equal(forth.Find(4), back.Find(4));
    }

    [Fact]
    public void TheLargestPortNumberIsOne() =>
        Assert.Equal("console", DeviceNames.Parse(new Dictionary<string, string> { ["console/port"] = "4294967295" }).Find(uint.MaxValue));

    [Fact]
    public void NoNodeBreaksIt()
    {
        var parts = Gen.Elements(
            "device",
            "vif",
            "console",
            "port",
            "0",
            "queue-0",
            "queue-",
            "event-channel",
            "event-channel-",
            "",
            "suspend",
            "\u001b[2J",
            "é");
        Always.Holds(parts.ListOf().Zip(Gen.Elements("1", "0", "-1", "", "x", "4294967296")), node =>
            Assert.Null(DeviceNames.Parse(new Dictionary<string, string> { [string.Join('/', node.Item1)] = node.Item2 }).Find(0)));
    }
}
