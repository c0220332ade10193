using System.Globalization;
using System.Text;
using XenShared.Guests.Locating;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files;

/// <summary>Checks that data that was located in guest memory is the same after it is written to a capture and read again.</summary>
public sealed class CaptureLocatedTests
{
    private const string Error = """{"kind":"error","domid":5,"part":"eventarray","id":"ScanRefused","message":"It is so; do so."}""";

    private readonly RecordingObserver _observer = new();

    [Theory]
    [InlineData("list", 1)]
    [InlineData("tree", 2)]
    [InlineData("pvh", 1)]
    public void ACaptureGivesTheResultsOfTheHost(string shape, int vcpus)
    {
        var guest = SyntheticGuest.Create(shape, vcpus);
        var memory = new FakeMemory(guest);
        var locate = Inspected.ForRecords;
        using var capture = CaptureText.Open(Export(memory, locate));
        // The guest does not change, so that the host returns the same.
        guest.Runs = _ => [];

        var channels = Channels(capture, locate);
        var records = Vcpus(capture, locate);

        Assert.Equal(8, channels.Count(channel => channel is { Pending: not null, Source: StateSource.GuestMemory }));
        Assert.Equal(vcpus, records.Count(record => record is { IsLive: true, Source: StateSource.GuestMemory }));
        Assert.Equal(
            Channels(memory, locate).Select(channel => channel with { TakenAt = null }),
            channels.Select(channel => channel with { TakenAt = null }));
        Assert.Equal(
            Vcpus(memory, locate).Select(vcpu => vcpu with { TakenAt = default }),
            records.Select(vcpu => vcpu with { TakenAt = default }));
        Assert.Empty(_observer.Errors);
        Assert.Empty(_observer.Warnings);
    }

    [Fact]
    public void WhatWasNotFoundIsNotFoundAgainForTheSameReason()
    {
        var guest = SyntheticGuest.PvWithList();
        guest.Page(SyntheticGuest.ArrayPfn).AsSpan().Clear();
        guest.Record(0).Clear();
        var memory = new FakeMemory(guest);
        var locate = Inspected.ForRecords;
        using var capture = CaptureText.Open(Export(memory, locate));

        Assert.All(Channels(capture, locate), channel => Assert.Null(channel.Pending));
        Assert.Null(Assert.Single(Vcpus(capture, locate)).IsLive);

        Assert.Equal(2, _observer.Warnings.Count);
        Assert.Contains("None of the 1500 pages ", _observer.Warnings[0].Message, StringComparison.Ordinal);
        Assert.Contains("Nothing in the memory", _observer.Warnings[1].Message, StringComparison.Ordinal);
        Assert.Equal(XenErrorId.EventStateUnknown, _observer.Warnings[1].Id);
    }

    [Fact]
    public void ACaptureOfACaptureIsTheSame()
    {
        using var first = CaptureText.Open(Export(new FakeMemory(SyntheticGuest.PvWithList(vcpus: 2)), Inspected.ForRecords));
        using var second = CaptureText.Open(Export(first, Inspected.ForRecords));

        Assert.Equal(Answers.Read(first), Answers.Read(second));
        var (array, again) = (first.ReadEventArray(5, out _)!, second.ReadEventArray(5, out _)!);
        Assert.Equal((array.TakenAt, array.Evidence), (again.TakenAt, again.Evidence));
        Assert.Equal(array.Pages[0].Bytes, again.Pages[0].Bytes);
        var records = first.ReadVcpuRecords(5, out _);
        Assert.Equal(2, records.Count);
        Assert.Equal(
            records.Select(record => record with { Bytes = default }),
            second.ReadVcpuRecords(5, out _).Select(record => record with { Bytes = default }));
        Assert.Equal(records[1].Bytes, second.ReadVcpuRecords(5, out _)[1].Bytes);
    }

    [Fact]
    public void ACaptureWithoutASearchReportsThatItWasNotRecorded()
    {
        using var capture = CaptureText.Open(Export(new FakeMemory(SyntheticGuest.PvWithList()), locate: null));

        Assert.All(Channels(capture, Inspected.ForArrays), channel => Assert.Null(channel.Pending));

        Assert.Contains(
            "the data source does not contain it; if it is a capture, create a new one on the host",
            Assert.Single(_observer.Warnings).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void EveryTruncationIsSeen()
    {
        var text = Encoding.UTF8.GetString(Export(new FakeMemory(SyntheticGuest.PvWithList()), Inspected.ForRecords));
        var lines = text.Split('\n');

        Assert.Contains(lines, line => line.StartsWith("""{"kind":"eventpage",""", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("""{"kind":"vcpurecord",""", StringComparison.Ordinal));
        for (var kept = 1; kept < lines.Length - 1; kept++)
        {
            CaptureText.AssertDamaged(string.Join('\n', lines.Take(kept)) + "\n");
            CaptureText.AssertDamaged(string.Join('\n', lines.Take(kept)) + "\n" + lines[kept][..(lines[kept].Length / 2)]);
        }
    }

    [Fact]
    public void LinesThatAreWholeAreRead()
    {
        var domain = Read(Page(), Page(127), Record(), Record(1, offset: 4032), Error);

        Assert.Equal([0, 127], domain.EventPages.Select(page => page.Index));
        Assert.Equal([(0, 0), (1, 4032)], domain.VcpuRecords.Select(record => (record.Vcpu, record.Offset)));
        Assert.Equal(XenErrorId.ScanRefused, domain.EventArrayError?.Id);
        Assert.True(
            Read(Record().Replace("\"offset\"", "\"unstable\":true,\"offset\"", StringComparison.Ordinal)).VcpuRecords[0].IsUnstable);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4095)]
    [InlineData(4097)]
    [InlineData(64)]
    public void AnArrayPageOfAnotherLength(int bytes) => AssertDamaged(Page(bytes: bytes));

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(65)]
    [InlineData(4096)]
    public void ARecordOfAnotherLength(int bytes) => AssertDamaged(Record(bytes: bytes));

    [Theory]
    [InlineData(-1)]
    [InlineData(128)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void AnArrayPageThatNoArrayHas(int index) => AssertDamaged(Page(index));

    [Fact]
    public void ArrayPagesOutOfOrderOrTwice()
    {
        AssertDamaged(Page(1), Page(0));
        AssertDamaged(Page(0), Page(0));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-64)]
    [InlineData(4033)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void ARecordThatDoesNotLieInItsPage(int offset) => AssertDamaged(Record(offset: offset));

    [Theory]
    [InlineData(-1)]
    [InlineData(8192)]
    [InlineData(int.MaxValue)]
    public void ARecordOfAVcpuThatCannotBe(int vcpu) => AssertDamaged(Record(vcpu));

    [Fact]
    public void TwoRecordsOfOneVcpu() => AssertDamaged(Record(), Record(offset: 64));

    [Theory]
    [InlineData("\"pfn\":1", "\"pfn\":-1")]
    [InlineData("\"pfn\":1,", "")]
    [InlineData("\"frame\":1", "\"frame\":18446744073709551616")]
    [InlineData("\"domid\":5", "\"domid\":6")]
    [InlineData("\"evidence\":\"so\"", "\"evidence\":null")]
    [InlineData("2026-11-22", "2026-13-22")]
    public void AMemberThatCannotBe(string was, string becomes)
    {
        foreach (var line in (string[])[Page(), Record()])
        {
            Assert.Contains(was, line, StringComparison.Ordinal);
            AssertDamaged(line.Replace(was, becomes, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"====\"")]
    [InlineData("7")]
    public void BytesThatAreNotBase64(string bytes)
    {
        AssertDamaged(Page().Replace($"\"{Convert.ToBase64String(new byte[4096])}\"", bytes, StringComparison.Ordinal));
        AssertDamaged(Record().Replace($"\"{Convert.ToBase64String(new byte[64])}\"", bytes, StringComparison.Ordinal));
    }

    [Fact]
    public void ALineBeforeItsDomain()
    {
        CaptureText.AssertDamaged(CaptureText.Complete(Page(), CaptureText.Domain()));
        CaptureText.AssertDamaged(CaptureText.Complete(Record(), CaptureText.Domain()));
    }

    private static string Page(int index = 0, int bytes = 4096) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"kind":"eventpage","domid":5,"takenAt":"2026-11-22T09:30:00+00:00","index":{{index}},"pfn":1,"frame":1"""
                + $$""","page":"{{Convert.ToBase64String(new byte[bytes])}}","evidence":"so"}""");

    private static string Record(int vcpu = 0, int offset = 0, int bytes = 64) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"kind":"vcpurecord","domid":5,"takenAt":"2026-11-22T09:30:00+00:00","vcpu":{{vcpu}},"pfn":1,"frame":1"""
                + $$""","offset":{{offset}},"record":"{{Convert.ToBase64String(new byte[bytes])}}","evidence":"so"}""");

    private static XenShared.Files.CapturedDomain Read(params string[] lines) =>
        Assert.Single(CaptureText.Read(CaptureText.Complete([CaptureText.Domain(), .. lines])).Domains).Value;

    private static void AssertDamaged(params string[] lines) =>
        CaptureText.AssertDamaged(CaptureText.Complete([CaptureText.Domain(), .. lines]));

    private byte[] Export(IXenDataSource target, LocatorOptions? locate)
    {
        using var output = new MemoryStream();
        new CaptureExport(target, _observer)
        {
            SampleTime = TimeSpan.Zero,
            Compress = false,
            Locate = locate,
        }.Run(DomainSelection.All, output);
        return output.ToArray();
    }

    private List<XenEventChannel> Channels(IXenDataSource target, LocatorOptions locate) =>
        [.. new EventChannelQuery(target, _observer) { Locate = locate }.Run(DomainSelection.All)];

    private List<XenVcpuInfo> Vcpus(IXenDataSource target, LocatorOptions locate) =>
        [.. new VcpuQuery(target, _observer) { SampleTime = TimeSpan.Zero, Locate = locate }.Run(DomainSelection.All)];
}
