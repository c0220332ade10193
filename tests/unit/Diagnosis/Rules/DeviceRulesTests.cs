using XenShared.Diagnosis;
using XenShared.Hypervisor;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;
using XenShared.Tests.Targets.Simulated;

namespace XenShared.Tests.Diagnosis.Rules;

/// <summary>Checks that the rules about devices find each fault, and nothing in states that only look like one.</summary>
public sealed class DeviceRulesTests : IDisposable
{
    private const uint DiskPort = 66;

    private readonly SimulatedTarget _target = new(15);
    private readonly ushort _domId;
    private readonly SimulatedGuest _guest;

    public DeviceRulesTests()
    {
        _domId = SimulatedTargetTests.DomainOf(_target, SimulatedKind.PvTwoLevel);
        _guest = _target.Guest(_domId);
    }

    private static readonly string[] s_rules = ["BackendGone", "HotplugFailed", "DeviceNotConnected", "StaleNodes"];

    public void Dispose() => _target.Dispose();

    // The states of the frontend and the backend, and the end that must act.
    [Theory]
    [InlineData(3, 2, "the frontend waits for the backend, which does not connect")]
    [InlineData(4, 2, "the frontend waits for the backend, which does not connect")]
    [InlineData(4, 3, "the frontend waits for the backend, which does not connect")]
    [InlineData(3, 1, "whose driver or program has not started")]
    [InlineData(4, 0, "whose driver or program has not started")]
    [InlineData(4, null, "whose driver or program has not started")]
    [InlineData(2, 4, "the backend waits for the frontend, which does not connect")]
    [InlineData(3, 4, "the backend waits for the frontend, which does not connect")]
    [InlineData(1, 4, "still connected to the frontend as it was before")]
    [InlineData(6, 4, "the guest has closed the device, and the backend does not")]
    [InlineData(5, 4, "the guest has closed the device, and the backend does not")]
    [InlineData(6, 5, "the guest has closed the device, and the backend does not")]
    [InlineData(4, 5, "the backend has closed the device, and the guest does not")]
    [InlineData(4, 6, "the backend has closed the device, and the guest does not")]
    public void ADeviceThatDoesNotConnect(int? frontend, int? backend, string reason)
    {
        SetStates(frontend, backend);

        var fault = Assert.Single(Find());

        Assert.Equal(("DeviceNotConnected", FaultSeverity.Warning), (fault.Rule, fault.Severity));
        Assert.Contains("vbd 51712", fault.Evidence, StringComparison.Ordinal);
        Assert.Contains("in all 3 samples", fault.Evidence, StringComparison.Ordinal);
        Assert.Contains(reason, fault.Evidence, StringComparison.Ordinal);
        Assert.Contains($"Get-XenDevice -DomId {_domId} shows both ends", fault.Advice, StringComparison.Ordinal);
    }

    // The guest has no driver, has not started it, or closed the device; and a change of a PCI device.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(0, 2)]
    [InlineData(null, 2)]
    [InlineData(null, null)]
    [InlineData(1, 6)]
    [InlineData(6, 2)]
    [InlineData(7, 4)]
    [InlineData(4, 7)]
    [InlineData(8, 8)]
    public void ADeviceThatTheGuestDoesNotUseIsNoFault(int? frontend, int? backend)
    {
        SetStates(frontend, backend);

        Assert.Empty(Find());
    }

    [Fact]
    public void ABackendThatWaitsForItsScript()
    {
        SetStates(4, 2);
        _guest.Store[Backend("hotplug-status")] = null;

        Assert.Contains("waits for its hotplug script", Assert.Single(Find()).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void TheFirstConsoleIsNeverConnectedAndHealthy()
    {
        var console = Assert.Single(Devices(), device => device.Kind == "console");

        Assert.Equal((null, XenbusState.Initialising, null), (console.FrontendState, console.BackendState, console.HotplugStatus));
        Assert.Empty(Find());
    }

    [Fact]
    public void ADeviceThatConnectsDuringTheSamplesIsNoFault()
    {
        SetStates(3, 2);
        var looks = 0;
        using var hooked = new HookedTarget(_target)
        {
            BeforeSamples = _ =>
            {
                if (++looks == 3) SetStates(4, 4);
            },
        };

        Assert.Empty(Find(hooked));
        Assert.Equal(3, looks);
    }

    [Fact]
    public void ADeviceThatGoesOnIsNoFault()
    {
        SetStates(3, 2);
        var looks = 0;
        using var hooked = new HookedTarget(_target) { BeforeSamples = _ => SetStates(++looks == 3 ? 4 : 3, 2) };

        Assert.Empty(Find(hooked));
    }

    [Fact]
    public void APausedGuestConnectsNothing()
    {
        _guest.IsPaused = true;
        SetStates(3, 4);

        var result = Assert.Single(Results(), result => result.Rule == "DeviceNotConnected");

        Assert.Equal((RuleOutcome.NotJudged, "a domain that is paused connects no device"), (result.Outcome, result.Reason));
        SetStates(4, 2);
        Assert.Equal("DeviceNotConnected", Assert.Single(Find()).Rule);
    }

    [Fact]
    public void ABackendThatIsNotKnownIsNotJudged()
    {
        _guest.Store[$"/libxl/{_domId}/device/vbd/51712/backend"] = null;
        _guest.Store[Frontend("backend")] = "/local/domain/0/backend/vbd/2/51712";

        var result = Assert.Single(Results(), result => result.Rule == "DeviceNotConnected");

        Assert.Equal((RuleOutcome.NotJudged, "the backend of vbd 51712 is not known"), (result.Outcome, result.Reason));
    }

    [Fact]
    public void ASingleSampleIsLessCertain()
    {
        SetStates(4, 2);

        var fault = Assert.Single(Find(samples: 1));

        Assert.Equal(FaultSeverity.Information, fault.Severity);
        Assert.Contains("One sample only", fault.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void AScriptThatFailedIsOneFault()
    {
        SetStates(4, 2);
        _guest.Store[Backend("hotplug-status")] = "error";
        _guest.Store[Backend("hotplug-error")] = "Could not find bridge device nosuch";

        var fault = Assert.Single(Find());

        Assert.Equal(("HotplugFailed", FaultSeverity.Warning), (fault.Rule, fault.Severity));
        Assert.Equal(
            "The hotplug script of vbd 51712 failed in domain 0 (hotplug: Could not find bridge device nosuch); the backend is InitWait.",
            fault.Evidence);
    }

    [Fact]
    public void AMessageOfAScriptThatSucceededLaterIsNoFault()
    {
        _guest.Store[Backend("hotplug-error")] = "Could not find bridge device nosuch";

        Assert.Empty(Find());
    }

    [Fact]
    public void ABackendThatClosedItsChannelAndLeftItsState()
    {
        _guest.LosePeer(DiskPort);

        var fault = Assert.Single(Find(), fault => fault.Rule == "BackendGone");

        Assert.Equal((FaultSeverity.Warning, (uint?)DiskPort), (fault.Severity, fault.Port));
        Assert.StartsWith(
            "Both ends of vbd 51712 are Connected according to xenstore, but port 66 of the guest waits for domain 0 to connect in all 3 ",
            fault.Evidence,
            StringComparison.Ordinal);
    }

    // A frontend allocates its ports before it connects; another domain cannot be the backend.
    [Fact]
    public void AnUnboundPortOfADeviceThatIsNotConnectedIsAnother()
    {
        SetStates(3, 2);
        _guest.LosePeer(DiskPort);

        Assert.DoesNotContain(Find(), fault => fault.Rule == "BackendGone");
    }

    [Fact]
    public void APortThatWaitsForAnotherDomainIsNotThatOfTheBackend()
    {
        _guest.LosePeer(DiskPort);
        var port = _guest.Ports[DiskPort];
        _guest.Bind(port with { Reading = port.Reading with { RemoteDomId = 3 } });

        Assert.DoesNotContain(Find(), fault => fault.Rule == "BackendGone");
    }

    [Fact]
    public void AClosedDeviceWhosePortsAreStillNamed()
    {
        SetStates(6, 6);
        _guest.Close(DiskPort, leavesNode: true);

        var fault = Assert.Single(Find(), fault => s_rules.Contains(fault.Rule));

        Assert.Equal(("StaleNodes", FaultSeverity.Information, (uint?)DiskPort), (fault.Rule, fault.Severity, fault.Port));
        Assert.Contains("vbd 51712", fault.Evidence, StringComparison.Ordinal);
        Assert.Contains("still names port 66", fault.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void AClosedDeviceWithoutPortsIsInOrder()
    {
        SetStates(6, 6);
        _guest.Close(DiskPort);

        Assert.Empty(Find());
    }

    [Fact]
    public void AClosedDeviceWhoseChannelIsThereHasNoStaleNode()
    {
        SetStates(6, 6);

        Assert.Empty(Find());
    }

    [Fact]
    public void WithoutDevicesNoRuleJudges()
    {
        var guest = Some.TwoLevelGuest();
        guest.Devices = null;
        var results = Results(new RecordedTarget(guest), 5).Where(result => s_rules.Contains(result.Rule)).ToArray();

        Assert.Equal(4, results.Length);
        Assert.All(results, result => Assert.Equal(RuleOutcome.NotJudged, result.Outcome));
    }

    [Fact]
    public void DevicesThatWereLeftOutAreNotJudged()
    {
        var guest = Some.TwoLevelGuest();
        guest.Devices = new DeviceTable([], IsComplete: false);
        var results = Results(new RecordedTarget(guest), 5).Where(result => s_rules.Contains(result.Rule)).ToArray();

        Assert.All(results, result =>
            Assert.Equal((RuleOutcome.NotJudged, "not all of its devices are known"), (result.Outcome, result.Reason)));
    }

    private string Frontend(string node) => $"/local/domain/{_domId}/device/vbd/51712/{node}";

    private string Backend(string node) => $"/local/domain/0/backend/vbd/{_domId}/51712/{node}";

    private void SetStates(int? frontend, int? backend)
    {
        _guest.Store[Frontend("state")] = frontend?.ToString(System.Globalization.CultureInfo.InvariantCulture);
        _guest.Store[Backend("state")] = backend?.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private XenDevice[] Devices() =>
        [.. new DeviceQuery(_target, new RecordingObserver()).Run(new DomainSelection { DomIds = [_domId] })];

    private List<XenFault> Find(IXenDataSource? target = null, int samples = 3)
    {
        var query = new FaultQuery(target ?? _target, new RecordingObserver()) { SampleCount = samples };
        return [.. query.Run(new DomainSelection { DomIds = [_domId] })];
    }

    private XenRuleResult[] Results(IXenDataSource? target = null, ushort? domId = null) =>
        [
            .. new FaultQuery(target ?? _target, new RecordingObserver())
                .Diagnose(new DomainSelection { DomIds = [domId ?? _domId] })
                .Single()
                .Results,
        ];
}
