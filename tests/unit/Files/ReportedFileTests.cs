using XenShared.Diagnosis;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files;

/// <summary>Tests inputs that were reduced from public reports, each with its correct result.</summary>
public sealed class ReportedFileTests
{
    private const string NoWarning = "";

    /// <summary>Gets each log with its channels: domain, port, pending, masked, and what it is bound to.</summary>
    public static TheoryData<string, string[], string> Logs => new()
    {
        { "faults-report-metrics-crash", ["1:1 - - VIRQ timer"], NoWarning },
        {
            "hung-guest-no-fault-found",
            ["28:1 - - domain 0 port 33", "28:2 yes yes domain 0 port 34", "28:3 yes - VIRQ timer", "28:4 yes - domain 0 port 35"],
            NoWarning
        },
        { "two-unannounced-dumps", ["3:4 - yes domain 0 port 35"], "has 2 dumps of event channels; number 2 is shown" },
        { "collapsed-spaces-silent", ["0:3 yes - domain 1 port 1"], NoWarning },
        { "selector-bit-dropped", ["3:3 yes - VIRQ timer", "3:65 yes - domain 0 port 35"], NoWarning },
        { "syslog-fraction", ["1:1 yes - domain 0 port 3"], NoWarning },
        { "mail-quote", ["1:1 yes - domain 0 port 3"], NoWarning },
        { "prefix-cut", ["1:1 yes - domain 0 port 3"], "do not begin with (XEN)" },
        {
            "xen-4.0-shape",
            [
                "0:1 - - VIRQ timer", "0:2 - - IPI", "0:11 yes - domain 1 port 1", "0:15 - - PIRQ 9", "0:22 - - open to domain 3",
                "1:1 yes yes domain 0 port 11",
            ],
            NoWarning
        },
        { "logger-date-dropped", ["1:1 yes - domain 0 port 3"], "without a time zone" },
    };

    [Theory, MemberData(nameof(Logs))]
    public void The_channels_of_a_log_are_right(string name, string[] channels, string warning)
    {
        var observer = new RecordingObserver();
        using var target = TargetFile.Open(PathOf($"{name}.txt"));

        var found = new EventChannelQuery(target, observer).Run(DomainSelection.All).ToArray();

        Assert.Equal(channels, found.Select(channel =>
            $"{channel.DomId}:{channel.Port} {Bit(channel.Pending)} {Bit(channel.Masked)} {BoundTo(channel)}"));
        if (warning.Length == 0) Assert.Empty(observer.Warnings);
        else Assert.Contains(warning, Assert.Single(observer.Warnings).Message, StringComparison.Ordinal);
        Assert.Empty(observer.Errors);
    }

    [Theory, MemberData(nameof(Logs))]
    public void A_log_is_never_taken_for_a_healthy_host(string name, string[] channels, string warning)
    {
        _ = (channels, warning);
        using var target = TargetFile.Open(PathOf($"{name}.txt"));

        var found = new FaultQuery(target, new RecordingObserver())
            .RunWithResults(DomainSelection.All, includeResults: true)
            .OfType<XenRuleResult>();

        Assert.Contains(found, result => result.Outcome == RuleOutcome.NotJudged);
    }

    [Fact]
    public void The_bit_of_the_selector_is_that_of_each_line()
    {
        using var target = TargetFile.Open(PathOf("selector-bit-dropped.txt"));

        Assert.Equal(
            [(3u, false), (65u, true)],
            new EventChannelQuery(target, new RecordingObserver())
                .Run(DomainSelection.All)
                .Select(channel => (channel.Port, channel.InSelector!.Value)));
    }

    [Fact]
    public void The_time_of_a_logger_is_the_time_of_the_dump()
    {
        using var target = TargetFile.Open(PathOf("logger-date-dropped.txt"));

        Assert.Equal(new DateTimeOffset(2020, 8, 22, 10, 9, 3, TimeSpan.Zero), target.TakenAt);
    }

    [Fact]
    public void A_guest_that_virsh_saved_is_the_stream_behind_its_header()
    {
        var bytes = File.ReadAllBytes(PathOf("virsh-save.bin"));
        using var wrapped = TargetFile.Read(new MemoryStream(bytes), "saved");
        using var bare = TargetFile.Read(new MemoryStream(bytes[(64 + 47)..]), "saved");

        var (domain, expected) = (Assert.Single(wrapped.ReadDomains()), Assert.Single(bare.ReadDomains()));
        Assert.Equal((DomainType.PV, 1, 0xadbbeul), (domain.Type, domain.OnlineVcpus, domain.SharedInfoFrame));
        Assert.Equal(expected, domain);
        Assert.Equal(bare.ReadSample(expected.DomId).Page.ToArray(), wrapped.ReadSample(domain.DomId).Page.ToArray());
        Assert.Equal(("guest", null), (wrapped.ReadName(domain.DomId), bare.ReadName(expected.DomId)));
    }

    private static string BoundTo(XenEventChannel channel) => channel.State switch
    {
        ChannelState.Interdomain => $"domain {channel.RemoteDomId} port {channel.RemotePort}",
        ChannelState.Unbound => $"open to domain {channel.RemoteDomId}",
        ChannelState.PhysicalIrq => $"PIRQ {channel.Pirq}",
        ChannelState.VirtualIrq => channel.Virq == VirtualIrq.Timer ? "VIRQ timer" : "VIRQ",
        _ => "IPI",
    };

    private static string Bit(bool? bit) => bit switch { true => "yes", false => "-", null => "?" };

    private static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "data", "reported", name);
}
