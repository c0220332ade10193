using System.Globalization;
using System.Text;
using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;

namespace XenShared.Xen.Tests.Quick;

/// <summary>Compares devices with xenstore, and causes the states that the rules about devices find.</summary>
[Collection(PokedCollection.Name)]
public sealed class DeviceTests(PokedBed bed) : QuickTest(bed)
{
    private const string Own = "devices";

    [Fact]
    public async Task A_healthy_guest_has_a_console_a_disk_and_a_network_interface()
    {
        var dom0 = await Bed.RequireAsync();
        var domId = (await dom0.DomainsAsync())[Guest.WithDevices];

        var devices = await DevicesAsync(dom0, domId);

        Assert.Equal(["console 0", "vbd 51712", "vif 0"], devices.Select(device => $"{device.Kind} {device.Id}"));
        Assert.Equal((null, XenbusState.Initialising, null), States(devices[0]));
        Assert.All(devices.Skip(1), device =>
            Assert.Equal((XenbusState.Connected, XenbusState.Connected, "connected"), States(device)));
        var home = $"/local/domain/{domId}";
        Assert.Equal(await PortsAsync(dom0, $"{home}/console/port"), devices[0].Port);
        Assert.Equal(await PortsAsync(dom0, $"{home}/device/vbd/51712/event-channel"), devices[1].Port);
        Assert.Equal(
            await PortsAsync(dom0, $"{home}/device/vif/0/event-channel-tx", $"{home}/device/vif/0/event-channel-rx"),
            devices[2].Port);
    }

    [Fact]
    [Trait("Tier", "Full")]
    public async Task Each_broken_device_has_its_states_and_its_fault()
    {
        var dom0 = await Bed.RequireAsync();
        await dom0.ReadAsync($"""
            sed 's/^name=.*/name="{Own}"/; /^disk=/d' /opt/rig/guests/{Guest.WithDevices}.cfg >/opt/rig/guests/{Own}.cfg
            GUEST_WAIT=900 start-guests {Own}
            """, TimeSpan.FromMinutes(20));
        try
        {
            var domId = (await dom0.DomainsAsync())[Own];
            Assert.Empty(await FaultsAsync(dom0, domId));

            // The guest unbinds its driver: its ports close, and their nodes stay.
            await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {Own} 'run echo vif-0 >/sys/bus/xen/drivers/vif/unbind'; sleep 3");
            Assert.Equal((XenbusState.Closed, XenbusState.Closed, "connected"), States(await NetworkAsync(dom0, domId, "0")));
            Assert.Contains("StaleNodes", await FaultsAsync(dom0, domId));
            await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {Own} 'run echo vif-0 >/sys/bus/xen/drivers/vif/bind'; sleep 5");
            Assert.Equal((XenbusState.Connected, XenbusState.Connected, "connected"), States(await NetworkAsync(dom0, domId, "0")));
            Assert.Empty(await FaultsAsync(dom0, domId));

            // The driver of the backend is unbound: the states stay. Bound again, it waits for a script that nobody starts.
            await dom0.ReadAsync($"echo vif-{domId}-0 >/sys/bus/xen-backend/drivers/vif/unbind; sleep 2");
            Assert.Equal((XenbusState.Connected, XenbusState.Connected, null), States(await NetworkAsync(dom0, domId, "0")));
            Assert.Single(await FaultsAsync(dom0, domId), rule => rule == "BackendGone");
            await dom0.ReadAsync($"echo vif-{domId}-0 >/sys/bus/xen-backend/drivers/vif/bind; sleep 5");
            Assert.Equal((XenbusState.Connected, XenbusState.InitWait, null), States(await NetworkAsync(dom0, domId, "0")));
            Assert.Equal(["DeviceNotConnected"], await FaultsAsync(dom0, domId));

            // The script of a second interface fails. xl reports it, and leaves the device.
            Assert.NotEqual(0, (await dom0.RunAsync($"xl network-attach {domId} bridge=nosuch")).ExitCode);
            var failed = await NetworkAsync(dom0, domId, "1");
            Assert.Equal((XenbusState.InitWait, "error"), (failed.BackendState, failed.HotplugStatus));
            Assert.Contains("nosuch", failed.Error, StringComparison.Ordinal);
            Assert.Equal(["DeviceNotConnected", "HotplugFailed"], await FaultsAsync(dom0, domId));
        }
        finally
        {
            await dom0.RunAsync($"xl destroy {Own}");
        }
    }

    private static (XenbusState? Frontend, XenbusState? Backend, string? Hotplug) States(XenDevice device) =>
        (device.FrontendState, device.BackendState, device.HotplugStatus);

    private static async Task<XenDevice> NetworkAsync(Dom0 dom0, ushort domId, string id) =>
        Assert.Single(await DevicesAsync(dom0, domId), device => device.Kind == "vif" && device.Id == id);

    private static async Task<IReadOnlyList<XenDevice>> DevicesAsync(Dom0 dom0, ushort domId) =>
        Answers<XenDevice>.Parse(await dom0.XenSharedAsync($"devices --json --domid {domId}")).Objects;

    // The names of the rules that found a fault. A rule that did not judge a domain is a line of its own.
    private static async Task<string[]> FaultsAsync(Dom0 dom0, ushort domId)
    {
        var result = await dom0.XenSharedAsync($"faults --json --domid {domId}");
        var lines = result.Text.Split('\n').Where(line => !line.Contains("\"Outcome\":", StringComparison.Ordinal));
        var faults = Answers<XenFault>.Parse(result with { Output = Encoding.UTF8.GetBytes(string.Join('\n', lines)) });
        return [.. faults.Objects.Select(fault => fault.Rule).Order(StringComparer.Ordinal)];
    }

    private static async Task<uint[]> PortsAsync(Dom0 dom0, params string[] nodes)
    {
        var ports = new List<uint>();
        foreach (var node in nodes)
            ports.Add(uint.Parse(await dom0.ReadAsync($"xenstore-read {node}"), CultureInfo.InvariantCulture));
        return [.. ports.Order()];
    }
}
