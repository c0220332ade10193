using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Boundary;

/// <summary>Tests libxenstore: names and labels are read, and the memory that the library allocates is freed.</summary>
public sealed class XenStoreTests(FakeXenFixture fixture) : FakeXenTest(fixture)
{
    [Fact]
    public void Names_are_read_and_freed()
    {
        var names = Look(StandardHost.Create(), target => StandardHost.DomIds.Select(target.ReadName).ToArray());

        Assert.Equal(new string?[] { null, "web one", "old", "db", "win", "new" }, names);
        Assert.NotEqual(0ul, Xen.Counters.Results);
    }

    [Fact]
    public void A_name_need_not_be_ASCII_nor_short()
    {
        var name = "Müller-\u96ea-" + new string('x', 300);
        Assert.Equal(
            name,
            Look(new FakeHost().Domain(1, "", null).Line($"store /local/domain/1/name {name}"), target => target.ReadName(1)));
    }

    [Fact]
    public void An_empty_name_is_no_crash()
    {
        var name = Look(new FakeHost().Domain(1, "", null).Line($"store /local/domain/1/name"), target => target.ReadName(1));

        Assert.True(string.IsNullOrEmpty(name));
    }

    [Fact]
    public void Nodes_of_ports_are_found_wherever_devices_keep_them()
    {
        var host = StandardHost.Create()
            .Line($"store /local/domain/1/device/vbd/51712/event-channel 6")
            .Line($"store /local/domain/1/device/vif/1/event-channel-rx 7")
            .Line($"store /local/domain/1/device/vif/0/queue-1/event-channel-rx 8")
            .Line($"store /local/domain/1/device/9pfs/0/event-channel-0 9")
            .Line($"store /local/domain/1/device/console/1/port 10")
            .Line($"store /local/domain/1/vuart/0/port 11")
            .Line($"store /local/domain/1/device/suspend/event-channel 12")
            .Line($"store /local/domain/10/console/port 99");
        var nodes = Look(host, target => target.ReadDeviceNodes(StandardHost.Pv));

        Assert.Equal(
            new Dictionary<string, string>
            {
                ["store/port"] = "1",
                ["console/port"] = "2",
                ["device/vif/0/queue-0/event-channel-tx"] = "5",
                ["device/vbd/51712/event-channel"] = "6",
                ["device/vif/1/event-channel-rx"] = "7",
                ["device/vif/0/queue-1/event-channel-rx"] = "8",
                ["device/9pfs/0/event-channel-0"] = "9",
                ["device/console/1/port"] = "10",
                ["vuart/0/port"] = "11",
                ["device/suspend/event-channel"] = "12",
            },
            nodes);
    }

    [Theory, MemberData(nameof(Errnos.Alone), MemberType = typeof(Errnos))]
    public void Nodes_that_cannot_be_read_are_absent(int errno)
    {
        var (name, nodes) = Look(StandardHost.Create(), xen => xen.Fail("xs_read", errno),
            target => (target.ReadName(StandardHost.Pv), target.ReadDeviceNodes(StandardHost.Pv)));

        Assert.Null(name);
        Assert.Empty(nodes);
    }

    [Theory, MemberData(nameof(Errnos.Alone), MemberType = typeof(Errnos))]
    public void Directories_that_cannot_be_listed_are_empty(int errno)
    {
        var nodes = Look(StandardHost.Create(), xen => xen.Fail("xs_directory", errno), target => target.ReadDeviceNodes(StandardHost.Pv));

        Assert.Equal(new Dictionary<string, string> { ["store/port"] = "1", ["console/port"] = "2" }, nodes);
    }

    [Fact]
    public void A_guest_with_very_many_nodes_does_not_keep_the_tool()
    {
        var host = new FakeHost().Domain(1, "", null);
        for (var device = 0; device < 1500; device++) host.Line($"store /local/domain/1/device/vif/{device}/event-channel {device}");
        var nodes = Look(host, target => target.ReadDeviceNodes(1));

        Assert.Equal(1500, nodes.Count);
        Assert.InRange(Xen.Calls("xs_directory") + Xen.Calls("xs_read"), 1500, 3 * 1500 + 20);
    }
}
