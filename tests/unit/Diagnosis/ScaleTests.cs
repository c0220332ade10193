using System.Collections;
using System.Globalization;
using XenShared.Diagnosis;
using XenShared.Diagnosis.Evidence;
using XenShared.Diagnosis.Rules;
using XenShared.Guests.Locating;
using XenShared.Hypervisor;
using XenShared.Queries;
using XenShared.Reports;
using XenShared.Targets.Simulated;
using XenShared.Tests.Diagnosis.Rules;
using XenShared.Tests.Support;
using XenShared.Tests.Targets.Simulated;

namespace XenShared.Tests.Diagnosis;

/// <summary>
/// Checks that the cost of rules is proportional to the data that they read, and that each rule ends when it is cancelled.
/// </summary>
public sealed class ScaleTests
{
    private const int AllPorts = (1 << 17) - 1;

    // This limit is not a measurement: the work takes seconds. With a cost that is quadratic in the data, it takes many minutes.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    public static TheoryData<string> Rules =>
        new(
            typeof(IFaultRule)
                .Assembly.GetTypes()
                .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IFaultRule)))
                .Select(type => type.Name));

    [Fact]
    public void EveryRuleOfTheAssemblyIsInTheList() =>
        Assert.Equal(Rules.Select(rule => rule.Data).Order(StringComparer.Ordinal), FaultRules.Names.Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Rules))]
    public void ARuleThatIsCancelledEnds(string name)
    {
        var (kind, cause, _) = FaultRulesTests.Cause(name);
        using var target = new SimulatedTarget(15);
        var domId = SimulatedTargetTests.DomainOf(target, kind);
        if (FaultRulesTests.TakesTwoVcpus(name)) target.Replace(domId, vcpuCount: 2);
        cause(target, target.Guest(domId));
        using var source = new CancellationTokenSource();
        var selection = new DomainSelection { DomIds = [domId] };
        var reader = new SnapshotReader(target, new LocatorOptions(), VcpuQuery.DefaultSampleTime, usesHypervisor: false);
        var observer = new RecordingObserver();
        var looks = Enumerable
            .Range(0, 3)
            .SelectMany(_ => reader.Read(selection.Read(target, observer, source.Token), observer, source.Token))
            .ToArray();
        var rule = FaultRules.All.Single(rule => rule.Name == name);
        var evidence = new DomainEvidence(looks, source.Token);
        Assert.NotEmpty(evidence.Each(rule.Evaluate(evidence)));

        source.Cancel();

        Assert.Throws<OperationCanceledException>(() => Assert.Empty(evidence.Each(rule.Evaluate(evidence))));
    }

    [Fact]
    public void AQueryThatIsCancelledInItsMidstEnds()
    {
        using var source = new CancellationTokenSource();
        using var target = new SimulatedTarget(15);
        using var domains = new FaultQuery(target, new RecordingObserver()).Diagnose(DomainSelection.All, source.Token).GetEnumerator();
        Assert.True(domains.MoveNext());

        source.Cancel();

        Assert.Throws<OperationCanceledException>(() => domains.MoveNext());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    public void ALookThatIsCancelledInItsMidstEnds(int domains)
    {
        using var source = new CancellationTokenSource();
        using var target = new SimulatedTarget(300);
        var looked = 0;
        var hooked = new HookedTarget(target)
        {
            BeforeSamples = _ =>
            {
                if (looked++ == domains) source.Cancel();
            },
        };

        Assert.Throws<OperationCanceledException>(() =>
            Assert.Empty(new FaultQuery(hooked, new RecordingObserver()).Diagnose(DomainSelection.All, source.Token)));

        Assert.InRange(looked, domains + 1, domains + 2);
    }

    [Fact]
    public void PortsAreReadAFewTimesAndNotOnceForEachPort()
    {
        const int Ports = 4000;
        var (first, second) = (new CountingList(Pairs(5, Ports)), new CountingList(Pairs(6, Ports)));
        var target = new RecordedTarget(Guest(6, first), Guest(5, second)) { IsLive = false };

        Assert.Equal(2, new FaultQuery(target, new RecordingObserver()).Diagnose(DomainSelection.All).Count());

        Assert.InRange(first.Reads + second.Reads, 2 * Ports, 2 * Ports * 40);
    }

    [Fact]
    public void AllPortsOfTwoDomainsAreJudgedWithinTheLimit()
    {
        using var limit = new CancellationTokenSource(s_limit);
        var (five, six) = (Guest(5, Pairs(6, AllPorts)), Guest(6, Pairs(5, AllPorts)));
        for (var port = 1; port <= AllPorts; port += 16)
            five.Nodes[string.Create(CultureInfo.InvariantCulture, $"device/vif/{port}/event-channel")] = port.ToString(
                CultureInfo.InvariantCulture);
        var target = new RecordedTarget(five, six) { IsLive = false };

        var report = new HostReportQuery(target, new RecordingObserver()).Run(DomainSelection.All, limit.Token)!;

        Assert.Equal(2 * AllPorts, report.Domains.Sum(domain => domain.Channels.Count()));
        Assert.All(report.Domains, domain =>
            Assert.Equal(RuleOutcome.NoFault, domain.Results.Single(result => result.Rule == "PeerGone").Outcome));
    }

    [Fact]
    public void FourThousandDomainsAreJudgedWithinTheLimit()
    {
        using var limit = new CancellationTokenSource(s_limit);
        using var target = new SimulatedTarget(4000);

        var domains = new FaultQuery(target, new RecordingObserver()) { SampleCount = 1 }
            .Diagnose(DomainSelection.All, limit.Token)
            .ToArray();

        Assert.Equal(4001, domains.Length);
    }

    [Fact]
    public void AsManyVcpusAsThereCanBeAreJudgedWithinTheLimit()
    {
        const int Vcpus = 8192;
        using var limit = new CancellationTokenSource(s_limit);
        var page = Some.TwoLevelPage(XenShared.Layout.SharedInfoLayout.X86_64, 1);
        var runs = Enumerable.Range(1, Vcpus).Select(time => (ulong)time).ToArray();
        var guest = new FakeDomain
        {
            Reading = Some.Domain(vcpus: Vcpus),
            Samples = [Some.Sample(page, 0, null, runs), Some.Sample(page, 2, null, runs), Some.Sample(page, 4, null, runs)],
            Ports = new PortTable(
                4096,
                [.. Enumerable.Range(1, 4095).Select(port => new EventChannelStatus((uint)port, ChannelState.Ipi, port))]),
        };

        var domain = Assert.Single(
            new FaultQuery(new RecordedTarget(guest), new RecordingObserver()) { SampleCount = 2 }
                .Diagnose(DomainSelection.All, limit.Token)
        );

        Assert.Equal(RuleOutcome.NoFault, domain.Results.Single(result => result.Rule == "StuckMasked").Outcome);
    }

    private static FakeDomain Guest(ushort domId, IReadOnlyList<EventChannelStatus> ports) => new()
    {
        Reading = Some.Domain(domId),
        Samples = [Some.Sample(Some.TwoLevelPage(XenShared.Layout.SharedInfoLayout.X86_64, 1))],
        Ports = new PortTable(AllPorts + 1, ports),
    };

    // Each leads to the port of the same number in the other domain.
    private static EventChannelStatus[] Pairs(ushort peer, int count) =>
        [.. Enumerable.Range(1, count).Select(port => new EventChannelStatus((uint)port, ChannelState.Interdomain, 0, peer, (uint)port))];

    private sealed class CountingList(EventChannelStatus[] ports) : IReadOnlyList<EventChannelStatus>
    {
        public long Reads { get; private set; }

        public int Count => ports.Length;

        public EventChannelStatus this[int index]
        {
            get
            {
                Reads++;
                return ports[index];
            }
        }

        public IEnumerator<EventChannelStatus> GetEnumerator()
        {
            foreach (var port in ports)
            {
                Reads++;
                yield return port;
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
