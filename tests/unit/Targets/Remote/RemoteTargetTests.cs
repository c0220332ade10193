using XenShared.Diagnosis;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Targets.Remote;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;

namespace XenShared.Tests.Targets.Remote;

/// <summary>Checks that a host behind a real sshd returns the same data as locally.</summary>
[Collection("ssh")]
public sealed class RemoteTargetTests(SshBed bed)
{
    [Fact]
    public void ItReturnsWhatTheHostReturns()
    {
        bed.NeedDaemon();
        using var here = new SimulatedTarget(12, 3);
        // Each query over sshd creates the simulated host again.
        using var fresh = new SimulatedTarget(12, 3);
        using var far = RemoteTarget.Open(new SshDestination("far"));

        Assert.Equal((here.Host, TargetKind.Remote, "far"), (far.Host, far.Kind, far.DisplayName));
        Assert.Equal(Domains(here), Domains(far));
        Assert.Equal(Channels(fresh).Select(Untimed), Channels(far).Select(Untimed));
        Assert.Equal(
            Vcpus(here).Select(vcpu => (vcpu.DomId, vcpu.Vcpu, vcpu.IsLive, vcpu.Location, vcpu.Source)),
            Vcpus(far).Select(vcpu => (vcpu.DomId, vcpu.Vcpu, vcpu.IsLive, vcpu.Location, vcpu.Source)));
    }

    [Fact]
    public void SingleRequestsAreSupportedToo()
    {
        bed.NeedDaemon();
        using var here = new SimulatedTarget(12, 3);
        using var far = RemoteTarget.Open(new SshDestination("far"));
        var domId = here.ReadDomains().First(domain => here.ReadName(domain.DomId) == "sim-pv-2l-1").DomId;

        Assert.Equal(here.ReadName(domId), far.ReadName(domId));
        Assert.Equal(here.ReadDomain(domId), far.ReadDomain(domId));
        Assert.Equal(here.ReadPorts(domId).Bound, far.ReadPorts(domId).Bound);
        Assert.Equal(
            here.ReadDeviceNodes(domId).OrderBy(node => node.Key, StringComparer.Ordinal),
            far.ReadDeviceNodes(domId).OrderBy(node => node.Key, StringComparer.Ordinal));
        Assert.Equal(
            here.ReadDevices(domId)!.Devices.Select(device => (device.Kind, device.Id, device.BackendDomId, device.Frontend.Count)),
            far.ReadDevices(domId)!.Devices.Select(device => (device.Kind, device.Id, device.BackendDomId, device.Frontend.Count)));
        Assert.Equal(4096, far.ReadSample(domId).Page.Length);
        Assert.NotNull(far.ReadHostClock());
        Assert.Equal(XenErrorId.DomainNotFound, Assert.Throws<XenException>(() => far.ReadDomain(4711)).Id);
    }

    [Fact]
    public void ItIsJudgedAndWatchedAsALiveHost()
    {
        bed.NeedDaemon();
        using var far = RemoteTarget.Open(
            bed.StandIn("ill", $"eval set -- \"$1\"; verb=$2; shift 2; exec {CliProgram.Location} $verb --target simulated:16:3 \"$@\""));
        var time = new AutoTime();

        var faults = new FaultQuery(far, new RecordingObserver()) { Time = time }
            .Run(new DomainSelection { DomIds = [1, 14] })
            .ToArray();
        var changes = new ChannelWatch(far, new RecordingObserver()) { Time = time, Count = 1 }
            .Run(new DomainSelection { DomIds = [1] })
            .ToArray();

        Assert.Equal(
            [("StuckMasked", (ushort)14, (uint?)66, FaultSeverity.Critical)],
            faults.Select(fault => (fault.Rule, fault.DomId, fault.Port, fault.Severity)));
        // Each request gets a new host, so the result is the same each time.
        Assert.Empty(changes);
        Assert.Equal(3, time.Waits.Count);
    }

    [Fact]
    public void OneConnectionIsUsedForAllQuestions()
    {
        bed.NeedDaemon();
        var before = bed.Logins;
        using (var far = RemoteTarget.Open(new SshDestination("far")))
        {
            for (var question = 0; question < 3; question++) Assert.NotEmpty(Domains(far));
            Assert.Equal(before + 1, bed.Logins);
            Assert.NotEmpty(Masters());
        }

        Assert.Empty(Masters());
    }

    [Fact]
    public void ALostConnectionIsOpenedAgain()
    {
        bed.NeedDaemon();
        using var far = RemoteTarget.Open(new SshDestination("far"));
        var before = bed.Logins;
        foreach (var master in Masters()) System.Diagnostics.Process.GetProcessById(master).Kill();
        while (Masters().Length > 0) Thread.Sleep(10);

        // A request at the moment when the connection ends uses a connection of its own.
        Assert.NotEmpty(Domains(far));
        Assert.NotEmpty(Domains(far));
        Assert.InRange(bed.Logins - before, 1, 2);
        var after = bed.Logins;
        Assert.NotEmpty(Domains(far));
        Assert.Equal(after, bed.Logins);
    }

    [Fact]
    public void OnlyTheRequestedDataIsTransferred()
    {
        bed.NeedDaemon();
        using var far = RemoteTarget.Open(new SshDestination("far"));

        using var capture = far.TakeCapture(new CaptureRequest { DomIds = [1], Parts = CaptureParts.Pages });

        Assert.Equal([(ushort)1], capture.ReadDomains().Select(domain => domain.DomId));
        Assert.NotEmpty(capture.ReadSamples(1));
        Assert.Empty(capture.ReadDeviceNodes(1));
        Assert.Equal(XenErrorId.NotSupportedByHost, Assert.Throws<XenException>(() => capture.ReadPorts(1)).Id);
    }

    [Fact]
    public void AnUnsupportedRequestIsTheSameErrorAsOnTheHost()
    {
        bed.NeedDaemon();
        using var far = RemoteTarget.Open(new SshDestination("far"));

        var error = Assert.Throws<XenException>(far.DumpEventChannels);

        Assert.Equal(XenErrorId.NotSupportedByHost, error.Id);
        Assert.StartsWith("far: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheCommandTakesItAsATarget()
    {
        bed.NeedDaemon();

        var far = CliProgram.RunWithPath("domains", "--json", "--target", "ssh://far");

        Assert.Equal(0, far.Status);
        Assert.Equal(CliProgram.Run("domains", "--json", "--target", SshBed.Simulated).Output, far.Output);
    }

    // ssh processes of this test run that hold a connection open.
    private int[] Masters() =>
        [
            .. Directory
                .EnumerateDirectories("/proc")
                .Select(Path.GetFileName)
                .Where(name => int.TryParse(name, out _))
                .Select(int.Parse!)
                .Where(IsMaster),
        ];

    private bool IsMaster(int pid)
    {
        try
        {
            var words = File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');
            return words.Contains("-M") && words.Contains(bed["ssh_config"]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static XenDomain[] Domains(IXenDataSource target) =>
        [.. new DomainQuery(target, new RecordingObserver()).Run(DomainSelection.All)];

    // The other end reads all samples of a page, and the time of a simulated domain advances with each. So they are all read here too.
    private static XenEventChannel[] Channels(IXenDataSource target) =>
        [.. new EventChannelQuery(target, new RecordingObserver()) { ReadsAllSamples = true }.Run(DomainSelection.All)];

    private static XenVcpuInfo[] Vcpus(IXenDataSource target) =>
        [.. new VcpuQuery(target, new RecordingObserver()).Run(DomainSelection.All)];

    private static XenEventChannel Untimed(XenEventChannel channel) => channel with { TakenAt = null };
}
