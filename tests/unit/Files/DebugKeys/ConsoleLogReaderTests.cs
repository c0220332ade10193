using System.Globalization;
using System.Text;
using XenShared.Files.DebugKeys;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files.DebugKeys;

/// <summary>Tests real logs of Xen's console: several dumps, other lines, times of loggers, lost lines.</summary>
[Collection(AloneCollection.Name)]
public sealed class ConsoleLogReaderTests
{
    [Theory]
    [InlineData("")]
    [InlineData("[2026-11-22 12:00:01 UTC] ")]
    [InlineData("[2026-11-22 12:00:01] ")]
    [InlineData("Nov 22 12:00:01 host xen: ")]
    [InlineData("Nov  2 12:00:01 host xenconsoled[345]: ")]
    [InlineData("2026-11-22T12:00:01.125+00:00 host xen: ")]
    public void WhatALoggerPutBeforeALineIsNoPartOfIt(string logger)
    {
        var log = Read(string.Concat(Dump(pending: 1).Split('\n').SkipLast(1).Select(line => $"{logger}{line}\n")));

        Assert.NotNull(log);
        Assert.True(log.Channels.Domains[3].IsComplete);
        Assert.True(log.Channels.Domains[3].Ports[1].Pending);
    }

    [Theory]
    [InlineData("(d1) ")]
    [InlineData("x ")]
    [InlineData("[a(d1)] ")]
    public void WhatIsNoLoggersIsNoLineOfXens(string other) =>
        Assert.Null(Read(string.Concat(Dump(pending: 1).Split('\n').SkipLast(1).Select(line => $"{other}{line}\n"))));

    [Fact]
    public void OfSeveralDumpsTheLastCounts()
    {
        var log = Read(Dump(pending: 0) + "other\n" + Dump(pending: 1) + "(XEN) more\n");

        Assert.Equal((2, 2, true), (log?.Dumps, log?.SelectedDump, log?.Channels.Domains[3].Ports[1].Pending));
    }

    [Theory]
    [InlineData("(XEN)        1 [1/0/1]: s=5 n=0 x=0 v=0", "(XEN)        1 [1/0/1]: s=5 n=0 (d4) x")]
    [InlineData("(XEN) Event channel information for domain 5:", "(XEN) Event channel inf")]
    [InlineData("(XEN) Event channel information for domain 5:", "(XEN) Event channel information for domain 2:")]
    public void ADumpThatCameThroughWholeIsWorthMoreThanALaterOneThatDidNot(string line, string damaged)
    {
        var log = Read(Dump(pending: 0) + Dump(pending: 1).Replace(line, damaged, StringComparison.Ordinal));

        // A heading of a lower domain looks like another dump.
        Assert.Equal(damaged.EndsWith("domain 2:", StringComparison.Ordinal) ? 3 : 2, log?.Dumps);
        Assert.Equal((1, false), (log?.SelectedDump, log?.Channels.Domains[3].Ports[1].Pending));
        Assert.Contains("dump 1 is shown", new ConsoleLogTarget(log!, "x").ChannelsRemark, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutACompleteDumpTheLastIsShownAndReportedAsIncomplete()
    {
        var log = Read(
            Dump(pending: 1)
                .Replace("(XEN)        2", "(XEN) (d1) hello      2", StringComparison.Ordinal)
                .Replace("'e' pressed", "", StringComparison.Ordinal));

        Assert.False(log?.Channels.HasAllDomains);
        Assert.Contains("No dump", new ConsoleLogTarget(log!, "x").ChannelsRemark, StringComparison.Ordinal);
    }

    [Fact]
    public void ALogThatEndsWithinALineLacksIt()
    {
        var log = Read(Dump(pending: 1).TrimEnd('\n'));

        Assert.False(log?.Channels.Domains[5].IsComplete);
        Assert.True(log?.Channels.Domains[3].IsComplete);
    }

    [Fact]
    public void TextAfterTheLastLineThatIsNotXensTakesNothingAway() =>
        Assert.True(Read(Dump(pending: 1) + "root@dom0:~# ")?.Channels.HasAllDomains);

    [Fact]
    public void TheTimeBeforeTheAnnouncementIsTheTimeOfTheDump()
    {
        var dated = Dump(pending: 1).Replace("(XEN) ", "(XEN) [2026-11-22 12:00:01.125] ", StringComparison.Ordinal);

        Assert.Equal(new DateTimeOffset(2026, 11, 22, 12, 0, 1, 125, TimeSpan.Zero), Read(dated)?.Channels.TakenAt);
        Assert.Null(Read(Dump(pending: 1).Replace("(XEN) ", "(XEN) [   12.123456] ", StringComparison.Ordinal))?.Channels.TakenAt);
    }

    [Fact]
    public void TheVersionIsReadFromXensBanner()
    {
        Assert.Equal(
            "4.17.7",
            Read("(XEN) Xen version 4.17.7 (Debian 4.17.7-1) (x@y) gcc debug=n  Wed Nov  4\n" + Dump(pending: 1))?.Version?.ToString());
        Assert.Null(Read(Dump(pending: 1))?.Version);
    }

    [Fact]
    public void ALineLongerThanAnyOfXensIsLost()
    {
        var log = Read(Dump(pending: 1).Replace("(XEN)        2", new string('x', 100_000) + "\n(XEN)        2", StringComparison.Ordinal));

        Assert.False(log?.Channels.Domains[3].IsComplete);
        Assert.False(Read(Dump(pending: 1) + new string('x', 100_000))?.Channels.HasAllDomains);
        Assert.True(Read(new string('x', 100_000) + "\n" + Dump(pending: 1))?.Channels.Domains[3].IsComplete);
    }

    [Fact]
    public void MorePortsThanADumpCanHaveAreRefused()
    {
        var text = new StringBuilder();
        for (var domain = 0; domain < 12; domain++)
        {
            text.Append(CultureInfo.InvariantCulture, $"(XEN) Event channel information for domain {domain}:\n(XEN)     port [p/m/s]\n");
            for (var port = 1; port < 100_000; port++)
                text.Append(CultureInfo.InvariantCulture, $"(XEN)     {port,4} [0/0/1]: s=6 n=0 x=0\n");
        }

        Assert.Equal(XenErrorId.FileDamaged, Assert.Throws<XenException>(() => Read(text.ToString())).Id);
    }

    [Fact]
    public void CancellingEndsTheReading() => Assert.Throws<OperationCanceledException>(() =>
        ConsoleLogReader.Read(
            new MemoryStream(Encoding.UTF8.GetBytes(Dump(pending: 1))),
            "x",
            cancellation: new CancellationToken(canceled: true)));

    [Fact]
    public void ChannelsOfALogAreXensOwnView()
    {
        var observer = new RecordingObserver();
        using var target = ImageFile.Open(Encoding.UTF8.GetBytes(Dump(pending: 1)));
        var channels = new EventChannelQuery(target, observer).Run(DomainSelection.All).ToArray();

        Assert.Equal(
            [(3, 1u, true), (3, 2u, false), (5, 4u, false)],
            channels.Select(channel => ((int)channel.DomId, channel.Port, channel.Pending)));
        Assert.Equal(
            (ChannelState.Interdomain, (ushort?)0, (uint?)22, StateSource.Hypervisor, EventAbi.TwoLevel),
            (channels[1].State, channels[1].RemoteDomId, channels[1].RemotePort, channels[1].Source, channels[1].EventAbi));
        Assert.Empty(observer.Warnings);
        Assert.Empty(observer.Errors);
    }

    [Fact]
    public void ADomainWithLostLinesIsAWarning()
    {
        var observer = new RecordingObserver();
        using var target = ImageFile.Open(
            Encoding.UTF8.GetBytes(Dump(pending: 1).Replace("(XEN)        2 [0", "(XEN)        2 [(d1)", StringComparison.Ordinal)));

        Assert.Equal([1u, 4u], new EventChannelQuery(target, observer).Run(DomainSelection.All).Select(channel => channel.Port));
        Assert.Contains(observer.Warnings, warning =>
            warning.DomId == 3 && warning.Message.Contains("may not be listed", StringComparison.Ordinal));
    }

    [Fact]
    public void APortThatIsNotInTheLogIsNotReportedAsClosed()
    {
        var observer = new RecordingObserver();
        using var target = ImageFile.Open(Encoding.UTF8.GetBytes(Dump(pending: 1)));

        Assert.Empty(
            new EventChannelQuery(target, observer) { Filter = new ChannelFilter { Ports = [9] } }.Run(new DomainSelection { DomIds = [3] })
        );
        Assert.Equal(XenErrorId.EventChannelNotFound, Assert.Single(observer.Errors).Id);
        Messages.AssertSentence(observer.Errors[0].Message, 3);
    }

    [Fact]
    public void ALogHoldsNoPage()
    {
        var observer = new RecordingObserver();
        using var target = ImageFile.Open(Encoding.UTF8.GetBytes(Dump(pending: 1)));

        Assert.Empty(new SharedInfoQuery(target, observer).Run(new DomainSelection { DomIds = [3] }));
        Assert.Equal(XenErrorId.NotSupportedByHost, Assert.Single(observer.Errors).Id);
        Messages.AssertSentence(observer.Errors[0].Message, 3);
    }

    private static string Dump(int pending) => $$"""
        (XEN) 'e' pressed -> dumping event-channel info
        (XEN) Event channel information for domain 3:
        (XEN) Polling vCPUs: {}
        (XEN)     port [p/m/s]
        (XEN)        1 [{{pending}}/0/1]: s=5 n=0 x=0 v=0
        (XEN)        2 [0/0/1]: s=3 n=0 x=0 d=0 p=22
        (XEN) Event channel information for domain 5:
        (XEN) Polling vCPUs: {}
        (XEN)     port [p/m/s]
        (XEN)        4 [0/1/0]: s=6 n=0 x=0

        """;

    private static ConsoleLog? Read(string text) => ConsoleLogReader.Read(new MemoryStream(Encoding.Latin1.GetBytes(text)), "some.log");
}
