using System.Globalization;
using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;
using XenShared.Xen.Tests.Oracles;

namespace XenShared.Xen.Tests.Quick;

/// <summary>Compares the bindings of ports with <c>lsevtchn</c>, debug key 'e' and xenstore.</summary>
public sealed class ChannelTests(QuickBed bed) : QuickTest(bed)
{
    [Theory]
    [MemberData(nameof(Guest.Names), MemberType = typeof(Guest))]
    public async Task Ports_are_those_of_lsevtchn(string name)
    {
        var host = await Bed.RunningAsync();
        var domId = host.Numbers[name];
        var settled = host.Channels.SettledListing(domId);

        var ours = host.Channels.InDomain(domId).Where(channel => channel.State is not null).Select(ToListed).ToArray();

        // Dom0 opens and closes its own ports. The ports to its guests do not change.
        if (name != Guest.ControlDomain) Assert.Equal(host.Channels.ListedAfter[domId], ours);
        Assert.True(settled.Count >= 2, $"only {settled.Count} ports were listed alike twice");
        Assert.Empty(settled.Except(ours));
        Assert.Empty(ours.Except(host.Channels.ListedBefore[domId]).Except(host.Channels.ListedAfter[domId]));
        Assert.Equal(ours.OrderBy(port => port.Port), ours);
    }

    [Theory]
    [MemberData(nameof(Guest.GuestNames), MemberType = typeof(Guest))]
    public async Task No_port_that_debug_key_e_shows_is_left_out(string name)
    {
        var host = await Bed.RunningAsync();
        var domId = host.Numbers[name];

        Assert.Equal(
            host.Channels.KeyAfter.Ports(domId).Select(port => port.Port),
            host.Channels.InDomain(domId).Select(channel => channel.Port));
    }

    [Theory]
    [MemberData(nameof(Guest.GuestNames), MemberType = typeof(Guest))]
    public async Task The_peer_of_a_guests_port_names_that_port_as_its_own_peer(string name)
    {
        var host = await Bed.RunningAsync();
        var domId = host.Numbers[name];
        var connected = host.Channels.InDomain(domId)
            .Where(channel => channel is { State: ChannelState.Interdomain, RemoteDomId: 0 })
            .ToArray();

        Assert.NotEmpty(connected);
        Assert.All(connected, channel =>
        {
            var peer = Assert.Single(host.Channels.InDomain(0), second => second.Port == channel.RemotePort);
            Assert.Equal((domId, channel.Port), (peer.RemoteDomId, peer.RemotePort));
        });
    }

    [Theory]
    [MemberData(nameof(Guest.GuestNames), MemberType = typeof(Guest))]
    public async Task Devices_behind_ports_are_those_that_xenstore_names(string name)
    {
        var host = await Bed.RunningAsync();
        var dom0 = await Bed.RequireAsync();
        var home = $"/local/domain/{host.Numbers[name]}";
        var expected = new Dictionary<string, string> { ["console/port"] = "console", ["store/port"] = "xenstore" };
        if (name == Guest.WithDevices)
        {
            expected["device/vbd/51712/event-channel"] = "vbd51712";
            expected["device/vif/0/event-channel-tx"] = "vif0 tx";
            expected["device/vif/0/event-channel-rx"] = "vif0 rx";
        }
        var ports = new SortedDictionary<uint, string?>();
        foreach (var (node, device) in expected)
            ports[uint.Parse(await dom0.ReadAsync($"xenstore-read {home}/{node}"), CultureInfo.InvariantCulture)] = device;

        var ours = host.Channels.InDomain(host.Numbers[name]).Where(channel => channel.Device is not null);

        Assert.Equal(ports.Select(pair => (pair.Key, pair.Value)), ours.Select(channel => (channel.Port, channel.Device)));
    }

    [Fact]
    public async Task A_port_that_Xen_itself_consumes_is_listed_with_what_Xen_reports()
    {
        var dom0 = await Bed.RequireAsync();
        var domId = (await dom0.DomainsAsync())[Guest.PvhFifo];
        await dom0.ReadAsync(
            $"(/in/oracle/xen_port {domId} /run/xen-port-stop >/run/xen-port 2>&1 </dev/null &); {Until("[ -s /run/xen-port ]")}");
        ChannelView view;
        try
        {
            view = await ChannelView.ObserveAsync(dom0, [domId], $"--domid {domId}");
        }
        finally
        {
            await dom0.ReadAsync($"touch /run/xen-port-stop; {Until("! [ -s /run/xen-port ]")}; rm -f /run/xen-port /run/xen-port-stop");
        }
        var consumed = Assert.Single(view.KeyAfter.Ports(domId), port => port.Consumer != 0);

        var ours = Assert.Single(view.InDomain(domId), channel => channel.Port == consumed.Port);

        Assert.Equal(Suite.Current.HidesConsumedPorts ? null : ChannelState.Unbound, ours.State);
        Assert.Equal(!Suite.Current.HidesConsumedPorts, view.ListedAfter[domId].Any(port => port.Port == consumed.Port));
        // If its word was located in the guest's memory, the state equals Xen's; otherwise it is unknown with a reason.
        if (ours.Pending is null && ours.Masked is null) Assert.NotNull(ours.StateNote);
        else Assert.Equal((consumed.Pending, consumed.Masked), (ours.Pending, ours.Masked));
        if (Suite.Current.HidesConsumedPorts) Assert.Null(ours.Vcpu);
    }

    private static string Until(string condition) => $"for try in $(seq 100); do {condition} && break; sleep 0.2; done";

    private static ListedPort ToListed(XenEventChannel channel) => new(
        channel.Port,
        channel.State!.Value,
        channel.Vcpu!.Value,
        channel.RemoteDomId,
        channel.RemotePort,
        channel.Pirq ?? (uint?)channel.Virq);
}
