using XenShared.Hypervisor;
using XenShared.Queries;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;

namespace XenShared.Tests.Queries;

/// <summary>Devices as users see them.</summary>
public sealed class DeviceQueryTests
{
    private readonly RecordingObserver _observer = new();

    [Fact]
    public void TheDevicesOfASimulatedGuest()
    {
        using var target = new SimulatedTarget();

        var devices = new DeviceQuery(target, _observer).Run(new DomainSelection { DomIds = [1] }).ToArray();

        Assert.Equal(["console 0", "vbd 51712", "vif 0", "vkbd 0"], devices.Select(device => $"{device.Kind} {device.Id}"));
        Assert.Equal(
            [null, XenbusState.Connected, XenbusState.Connected, XenbusState.Connected],
            devices.Select(device => device.FrontendState));
        Assert.Equal(
            [XenbusState.Initialising, XenbusState.Connected, XenbusState.Connected, XenbusState.Connected],
            devices.Select(device => device.BackendState));
        Assert.Equal([null, "connected", "connected", null], devices.Select(device => device.HotplugStatus));
        Assert.All(devices, device => Assert.Equal(((ushort?)0, target.Host.HostName), (device.BackendDomId, device.HostName)));
        var channels = new EventChannelQuery(target, _observer)
            .Run(new DomainSelection { DomIds = [1] })
            .ToDictionary(channel => channel.Port);
        Assert.All(devices, device => Assert.Contains(device.Kind, channels[Assert.Single(device.Port)].Device!, StringComparison.Ordinal));
        Assert.Empty(_observer.Errors);
    }

    [Fact]
    public void TheControlDomainHasNone()
    {
        using var target = new SimulatedTarget();

        Assert.Empty(new DeviceQuery(target, _observer).Run(new DomainSelection { DomIds = [0] }));
        Assert.Empty(_observer.Errors);
    }

    [Fact]
    public void OnlyTheRequestedKindsAndPorts()
    {
        var network = Device("vif", "0", ("event-channel-tx", "5"), ("event-channel-rx", "6"));
        using var target = new FakeTarget(Guest(network, Device("vbd", "1")));

        Assert.Equal(["vif"], Run(target, kinds: ["VIF", "pci"]).Select(device => device.Kind));
        Assert.Equal(["vif"], Run(target, ports: [6, 7]).Select(device => device.Kind));
        Assert.Empty(Run(target, kinds: ["vbd"], ports: [6]));
    }

    [Theory]
    [InlineData("0", XenbusState.Unknown)]
    [InlineData("3", XenbusState.Initialised)]
    [InlineData("8", XenbusState.Reconfigured)]
    [InlineData("9", null)]
    [InlineData("260", null)]
    [InlineData("-1", null)]
    [InlineData("+4", null)]
    [InlineData(" 4", null)]
    [InlineData("4 ", null)]
    [InlineData("Connected", null)]
    [InlineData("", null)]
    public void StatesThatXenbusDoesNotHaveAreUnknown(string text, XenbusState? state)
    {
        using var target = new FakeTarget(Guest(Device("vif", "0", ("state", text))));

        Assert.Equal(state, Assert.Single(Run(target)).FrontendState);
    }

    [Fact]
    public void PortsAreInOrderAndThoseThatCannotBeAreLeftOut()
    {
        using var target = new FakeTarget(
            Guest(
                Device(
                    "vif",
                    "0",
                    ("queue-0/event-channel-rx", "12"),
                    ("queue-0/event-channel-tx", "9"),
                    ("queue-1/event-channel-rx", "12"),
                    ("event-channel-0", "0"),
                    ("event-channel-1", "131072"),
                    ("event-channel-2", "x"),
                    ("event-channel-3", "131071"),
                    ("queue-0/rx-ring-ref", "18446744073709551615"),
                    ("queue-0/tx-ring-ref", "-1"))));

        var device = Assert.Single(Run(target));

        Assert.Equal([9u, 12u, 131071u], device.Port);
        Assert.Equal([ulong.MaxValue], device.RingReference);
        Assert.Equal("9 12 131071", device.Port.ToString());
    }

    [Fact]
    public void EachErrorNamesItsWriter()
    {
        using var target = new FakeTarget(
            Guest(Device("vif", "0") with { HotplugError = "no bridge", FrontendError = "hotplug: all is well" }));

        Assert.Equal("hotplug: no bridge; frontend: hotplug: all is well", Assert.Single(Run(target)).Error);
    }

    [Fact]
    public void AnEmptyHotplugStatusIsNone()
    {
        using var target = new FakeTarget(
            Guest(Device("vif", "0") with { Backend = new Dictionary<string, string> { ["hotplug-status"] = "", ["state"] = "4" } }));

        Assert.Equal((null, XenbusState.Connected), (Assert.Single(Run(target)).HotplugStatus, Assert.Single(Run(target)).BackendState));
    }

    [Fact]
    public void ASourceWithoutDevicesIsAnErrorForEachDomain()
    {
        using var target = new FakeTarget(
            new FakeDomain { Reading = Some.Domain(1), Devices = null },
            new FakeDomain { Reading = Some.Domain(2), Devices = null });

        Assert.Empty(Run(target));

        Assert.Equal([XenErrorId.NotSupportedByHost, XenErrorId.NotSupportedByHost], _observer.ErrorIds);
        Assert.Equal([1, 2], _observer.Errors.Select(error => (int)error.DomId!.Value));
    }

    [Fact]
    public void AnErrorOfOneDomainLeavesTheOthers()
    {
        var broken = new FakeDomain { Reading = Some.Domain(1), DeviceError = Some.Error(XenErrorId.NotSupportedByHost) };
        using var target = new FakeTarget(broken, Guest(Device("vif", "0")));

        Assert.Equal("vif", Assert.Single(Run(target)).Kind);
        Assert.Equal([XenErrorId.NotSupportedByHost], _observer.ErrorIds);
    }

    [Fact]
    public void DevicesThatWereLeftOutAreAWarning()
    {
        var guest = Guest(Device("vif", "0"));
        guest.Devices = guest.Devices! with { IsComplete = false };
        using var target = new FakeTarget(guest);

        Assert.Single(Run(target));

        Assert.Equal((ushort?)5, Assert.Single(_observer.Warnings).DomId);
    }

    private XenDevice[] Run(FakeTarget target, string[]? kinds = null, uint[]? ports = null) =>
        [.. new DeviceQuery(target, _observer) { Kinds = kinds ?? [], Ports = ports ?? [] }.Run(DomainSelection.All)];

    private static FakeDomain Guest(params DeviceInfo[] devices) => new() { Reading = Some.Domain(), Devices = new DeviceTable(devices) };

    private static DeviceInfo Device(string kind, string id, params (string Path, string Value)[] nodes) =>
        new() { Kind = kind, Id = id, Frontend = nodes.ToDictionary(node => node.Path, node => node.Value) };
}
