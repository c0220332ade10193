using System.Text.RegularExpressions;
using XenShared.Reports.Metrics;
using XenShared.Tests.Support;

namespace XenShared.Tests.Reports;

/// <summary>Checks that metrics contain only known values, in a form that is valid in both formats.</summary>
public sealed partial class XenMetricsTests
{
    [Fact]
    public void ChannelsAreCountedByDomainAndKind()
    {
        var metrics = new XenMetrics();
        foreach (var channel in (XenEventChannel[])
                [
                    SomeReport.Channel(1, true),
                    SomeReport.Channel(2, true, true),
                    SomeReport.Channel(3),
                    SomeReport.Channel(4, null, null),
                    SomeReport.Channel(5, true, false, ChannelState.PhysicalIrq),
                    SomeReport.Channel(6, null, null, null),
                    SomeReport.Channel(7, null, null, ChannelState.Closed),
                ])
            metrics.Add(channel);

        var lines = metrics.Lines().ToArray();

        const string Of = "{host=\"host\",domid=\"5\",domain=\"guest\",kind=";
        Assert.Contains($"xenshared_event_channels{Of}\"ipi\"}} 4", lines);
        Assert.Contains($"xenshared_event_channels_pending{Of}\"ipi\"}} 2", lines);
        Assert.Contains($"xenshared_event_channels_masked{Of}\"ipi\"}} 1", lines);
        Assert.Contains($"xenshared_event_channels_unknown{Of}\"ipi\"}} 1", lines);
        Assert.Contains($"xenshared_event_channels_pending{Of}\"physical_irq\"}} 1", lines);
        Assert.Contains($"xenshared_event_channels_unknown{Of}\"hidden\"}} 1", lines);
        Assert.DoesNotContain(lines, line => line.Contains("closed", StringComparison.Ordinal));
    }

    [Fact]
    public void DevicesHaveTheKnownStatesOfTheirEnds()
    {
        var metrics = new XenMetrics();
        var disk = new XenDevice
        {
            DomId = 5,
            Kind = "vbd",
            Id = "51712",
            FrontendState = XenbusState.Connected,
            BackendState = XenbusState.InitWait,
        };
        metrics.Add(disk with { BackendState = XenbusState.Closed });
        metrics.Add(disk);
        metrics.Add(disk with { Kind = "console", Id = "0", FrontendState = null, BackendState = XenbusState.Initialising });

        Assert.Equal(
            [
                "xenshared_device_state{domid=\"5\",device=\"console\",id=\"0\",end=\"backend\",state=\"initialising\"} 1",
                "xenshared_device_state{domid=\"5\",device=\"vbd\",id=\"51712\",end=\"backend\",state=\"init_wait\"} 1",
                "xenshared_device_state{domid=\"5\",device=\"vbd\",id=\"51712\",end=\"frontend\",state=\"connected\"} 1",
            ],
            Samples(metrics));
    }

    [Fact]
    public void ClocksHaveTheKnownDriftOfEachVcpu()
    {
        var metrics = new XenMetrics();
        metrics.Add(
            new XenClock
            {
                DomId = 5,
                IsEmulated = true,
                Vcpu = [new() { Vcpu = 0, DriftPpm = -1.5, DriftUncertaintyPpm = 0.25, Jump = [] }, new() { Vcpu = 1 }],
            });
        metrics.Add(new XenClock { DomId = 6, Incarnation = 2 });

        Assert.Equal(
            [
                "xenshared_domain_tsc_emulated{domid=\"5\"} 1",
                "xenshared_domain_tsc_incarnation{domid=\"6\"} 2",
                "xenshared_vcpu_clock_drift_ppm{domid=\"5\",vcpu=\"0\"} -1.5",
                "xenshared_vcpu_clock_drift_uncertainty_ppm{domid=\"5\",vcpu=\"0\"} 0.25",
                "xenshared_vcpu_clock_jumps{domid=\"5\",vcpu=\"0\"} 0",
            ],
            Samples(metrics));
    }

    [Theory]
    [InlineData(EventAbi.TwoLevel, 64, 4095)]
    [InlineData(EventAbi.TwoLevel, 32, 1023)]
    [InlineData(EventAbi.TwoLevel, null, null)]
    [InlineData(EventAbi.Fifo, 64, 131071)]
    [InlineData(EventAbi.Fifo, null, 131071)]
    [InlineData(EventAbi.Unknown, 64, null)]
    public void TheLimitOfChannelsIsThatOfTheAbi(EventAbi abi, int? width, int? limit)
    {
        var metrics = new XenMetrics();
        metrics.Add(new XenDomain { DomId = 5, EventAbi = abi, Width = width });

        var samples = Samples(metrics).Where(line => line.StartsWith("xenshared_event_channels_limit", StringComparison.Ordinal));

        Assert.Equal(limit is null ? [] : [$"xenshared_event_channels_limit{{domid=\"5\"}} {limit}"], samples);
    }

    [Fact]
    public void APageHasTheTimeAtWhichItWasCopied()
    {
        var metrics = new XenMetrics();
        metrics.Add(new XenSharedInfo { DomId = 5, TakenAt = DateTimeOffset.FromUnixTimeMilliseconds(1_795_338_867_250) });
        metrics.Add(new XenSharedInfo { DomId = 6 });

        Assert.Equal(
            ["xenshared_domain_page_time_seconds{domid=\"5\"} 1795338867.25"],
            Samples(metrics).Where(line => line.Contains("page_time", StringComparison.Ordinal)));
    }

    [Fact]
    public void EachMetricOfADomainHasItsUuid()
    {
        var uuid = Guid.Parse("7f367745-8f90-4f6d-9213-000000000005");
        var metrics = new XenMetrics();
        metrics.Add(SomeReport.Channel(1, true));
        metrics.Add(SomeReport.Fault());
        metrics.Add(new XenVcpuInfo { DomId = 5, HostName = "host", IsLive = true });
        metrics.Add(new XenClock { DomId = 5, HostName = "host", Incarnation = 2 });
        metrics.Add(new XenDevice { DomId = 5, HostName = "host", Kind = "vbd", Id = "0", BackendState = XenbusState.Closed });
        metrics.Add(new XenSharedInfo { DomId = 5, HostName = "host", TakenAt = DateTimeOffset.UnixEpoch });
        metrics.Add(new XenSharedInfo { DomId = 6, HostName = "host", TakenAt = DateTimeOffset.UnixEpoch });
        metrics.Add(new XenDomain { DomId = 5, HostName = "host", Name = "guest", Uuid = uuid });
        metrics.Add(new XenDomain { DomId = 6, HostName = "host" });

        var samples = Samples(metrics);

        var ofDomain = samples.Where(line => line.Contains("domid=\"5\"", StringComparison.Ordinal)).ToArray();
        Assert.True(ofDomain.Length > 10);
        Assert.All(ofDomain, line => Assert.Single(Regex.Matches(line, $"uuid=\"{uuid}\"")));
        Assert.Contains($"xenshared_event_channels{{host=\"host\",domid=\"5\",domain=\"guest\",uuid=\"{uuid}\",kind=\"ipi\"}} 1", samples);
        Assert.DoesNotContain(samples.Except(ofDomain), line => line.Contains("uuid", StringComparison.Ordinal));
    }

    [Fact]
    public void ChannelsAndRecordsAreCountedByResultOfTheScan()
    {
        var metrics = new XenMetrics();
        metrics.Add(new XenEventChannel { DomId = 5, Port = 1, State = ChannelState.Ipi, Pending = false, IsLive = true });
        metrics.Add(new XenEventChannel { DomId = 5, Port = 2, State = ChannelState.Ipi, Pending = true });
        metrics.Add(new XenEventChannel { DomId = 5, Port = 3, State = ChannelState.Ipi });
        metrics.Add(new XenEventChannel { DomId = 5, Port = 4, State = ChannelState.Ipi, Masked = true });
        metrics.Add(new XenVcpuInfo { DomId = 5, Vcpu = 0, IsLive = true, Source = StateSource.SharedPage });
        metrics.Add(new XenVcpuInfo { DomId = 5, Vcpu = 1, Source = StateSource.GuestMemory });
        metrics.Add(new XenVcpuInfo { DomId = 5, Vcpu = 2, Source = StateSource.SharedPage });
        metrics.Add(new XenVcpuInfo { DomId = 5, Vcpu = 3, IsLive = false, Source = StateSource.SharedPage });

        const string Of = "xenshared_domain_scan_state{domid=\"5\",part=";
        Assert.Equal(
            [
                $"{Of}\"event_channels\",state=\"candidate\"}} 1",
                $"{Of}\"event_channels\",state=\"located\"}} 1",
                $"{Of}\"event_channels\",state=\"not_located\"}} 2",
                $"{Of}\"vcpu_info\",state=\"candidate\"}} 1",
                $"{Of}\"vcpu_info\",state=\"located\"}} 1",
                $"{Of}\"vcpu_info\",state=\"not_located\"}} 2",
            ],
            Samples(metrics).Where(line => line.StartsWith("xenshared_domain_scan", StringComparison.Ordinal)));
    }

    [Fact]
    public void WhereNothingIsKnownThereIsNoZero()
    {
        var metrics = new XenMetrics();
        metrics.Add(SomeReport.Channel(1, null, null));

        Assert.DoesNotContain(metrics.Lines(), line =>
            line.StartsWith("xenshared_event_channels_pending", StringComparison.Ordinal)
            || line.StartsWith("xenshared_event_channels_masked", StringComparison.Ordinal));
        Assert.Contains("xenshared_event_channels_unknown{host=\"host\",domid=\"5\",domain=\"guest\",kind=\"ipi\"} 1", metrics.Lines());
    }

    [Fact]
    public void WhatComesTwiceCountsOnce()
    {
        var once = new XenMetrics();
        var twice = new XenMetrics();
        var report = SomeReport.FromCapture();
        once.Add(report);
        twice.Add(report);
        foreach (var domain in report.Domains.Reverse())
        {
            foreach (var channel in domain.Channels.Reverse()) twice.Add(channel);
            twice.Add(domain.Page!);
            twice.Add(domain.Domain);
        }

        Assert.Equal(once.Lines(), twice.Lines());
    }

    [Fact]
    public void TheOrderIsThatOfTheDomainsNotOfTheInput()
    {
        ushort[] numbers = [10, 2, 1];
        var metrics = new XenMetrics();
        foreach (var domId in numbers) metrics.Add(SomeReport.Channel(1, domId: domId));

        var samples = metrics
            .Lines()
            .Where(line => line.StartsWith("xenshared_event_channels{", StringComparison.Ordinal))
            .Select(line => Regex.Match(line, "domid=\"(\\d+)\"").Groups[1].Value);

        Assert.Equal(["1", "2", "10"], samples);
    }

    [Fact]
    public void ALiveRecordIsNotOverwrittenByAnUnwatchedOne()
    {
        var live = new XenVcpuInfo
        {
            DomId = 5,
            Vcpu = 0,
            IsLive = true,
            UpcallPending = true,
            Time = new() { SystemTime = TimeSpan.FromSeconds(1.5) },
        };
        var metrics = new XenMetrics();
        metrics.Add(live);
        metrics.Add(live with { IsLive = null, UpcallPending = false });

        Assert.Contains("xenshared_vcpu_upcall_pending{domid=\"5\",vcpu=\"0\"} 1", metrics.Lines());
        Assert.Contains("xenshared_vcpu_system_time_seconds{domid=\"5\",vcpu=\"0\"} 1.5", metrics.Lines());
    }

    [Fact]
    public void AStaleRecordShowsThatItIsStaleAndNothingElse()
    {
        var metrics = new XenMetrics();
        metrics.Add(new XenVcpuInfo { DomId = 5, Vcpu = 0, IsLive = false, UpcallPending = true, UpcallMask = true, Time = new() });

        Assert.Equal(
            ["xenshared_vcpu_record_live{domid=\"5\",vcpu=\"0\"} 0"],
            Samples(metrics).Where(line => line.StartsWith("xenshared_vcpu", StringComparison.Ordinal)));
    }

    [Fact]
    public void ClocksAreComparedWithTheControlDomains()
    {
        var metrics = new XenMetrics();
        metrics.Add(Page(5, 1_000_000_003, 500_000_000));
        Assert.DoesNotContain(metrics.Lines(), line => line.Contains("offset", StringComparison.Ordinal));

        metrics.Add(Page(0, 1_000_000_000, 0));
        metrics.Add(Page(6, ulong.MaxValue, uint.MaxValue));

        Assert.Contains("xenshared_domain_wall_clock_offset_seconds{host=\"host\",domid=\"5\"} 3.5", metrics.Lines());
        Assert.DoesNotContain(metrics.Lines(), line => line.Contains("offset_seconds{host=\"host\",domid=\"6\"", StringComparison.Ordinal));
    }

    [Fact]
    public void FaultsAreCountedByRuleAndBySeverity()
    {
        var metrics = new XenMetrics();
        foreach (var fault in (XenFault[])
                [
                    SomeReport.Fault(),
                    SomeReport.Fault(port: 4),
                    SomeReport.Fault(),
                    SomeReport.Fault(FaultSeverity.Warning, rule: "ClockOdd"),
                ])
            metrics.Add(fault);

        Assert.Equal(
            [
                "xenshared_domain_faults{host=\"host\",domid=\"5\",domain=\"guest\",rule=\"ClockOdd\",severity=\"warning\"} 1",
                "xenshared_domain_faults{host=\"host\",domid=\"5\",domain=\"guest\",rule=\"LostWakeup\",severity=\"critical\"} 2",
                "xenshared_faults{host=\"host\",severity=\"critical\"} 2",
                "xenshared_faults{host=\"host\",severity=\"information\"} 0",
                "xenshared_faults{host=\"host\",severity=\"warning\"} 1",
            ],
            Samples(metrics));
    }

    [Fact]
    public void NamesFromGuestsStayInTheirQuotes()
    {
        var metrics = new XenMetrics();
        metrics.Add(new XenDomain { DomId = 1, VcpuCount = 0, Name = "a\"b\\c\nd\r\0e\u001b", HostName = "h\"" });

        Assert.Contains("""xenshared_domain_vcpus{host="h\"",domid="1",domain="a\"b\\c\nd??e?"} 0""", metrics.Lines());
        Assert.All(metrics.Lines(), line => Assert.DoesNotContain(line, char.IsControl));
    }

    [Theory]
    [InlineData("bookworm-quick.xencap")]
    [InlineData("bookworm-hvm-2l-created.xencap")]
    [InlineData("bookworm-hvm-fifo-linux.xencap")]
    public void EveryLineIsOfTheFormat(string capture)
    {
        var metrics = new XenMetrics();
        metrics.Add(SomeReport.FromCapture(capture));
        metrics.SetCost(TimeSpan.FromSeconds(0.25));
        var lines = metrics.Lines().ToArray();

        Assert.Equal("# EOF", lines[^1]);
        Assert.Contains("xenshared_scan_duration_seconds 0.25", lines);
        Assert.All(lines[..^1], line => Assert.Matches(Line(), line));
        var series = Samples(metrics).Select(line => line[..line.LastIndexOf(' ')]).ToArray();
        Assert.Equal(series.Length, series.Distinct().Count());
        // Each metric stands together, after its own heading.
        var names = lines[..^1].Select(line => line.StartsWith('#') ? line.Split(' ')[2] : line.Split('{', ' ')[0]).ToArray();
        Assert.Equal(names.Distinct().Count(), names.Where((name, index) => index == 0 || names[index - 1] != name).Count());
    }

    private static IEnumerable<string> Samples(XenMetrics metrics) => metrics.Lines().Where(line => !line.StartsWith('#'));

    private static XenSharedInfo Page(ushort domId, ulong seconds, uint nanoseconds) =>
        new()
        {
            DomId = domId,
            Layout = GuestLayout.X86_64,
            HostName = "host",
            WallClock = new XenWallClock
            {
                Version = 2,
                Seconds = seconds,
                Nanoseconds = nanoseconds,
            },
        };

    [GeneratedRegex(
        """^(# HELP [a-z_]+ [^\\]+|# TYPE [a-z_]+ gauge|[a-z_]+(\{[a-z_]+="([^"\\]|\\.)*"(,[a-z_]+="([^"\\]|\\.)*")*\})? -?[0-9.E+-]+)$"""
    )]
    private static partial Regex Line();
}
