using System.Globalization;
using XenShared.Hypervisor;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files;

/// <summary>Tests P2M tables in captures (minor version 8), and over SSH, where captures contain parts of them.</summary>
public sealed class CaptureP2mTests
{
    private const ulong PagesPerRead = 4096;

    private static readonly string s_page = Convert.ToBase64String(new byte[4096]);

    [Fact]
    public void ACaptureAndARemoteHostGiveTheSameEntriesAndErrorsAsTheHost()
    {
        using var host = new SimulatedTarget(15);
        using var capture = Capture(host);
        using var remote = new HookedTarget(host) { IsRemote = true };
        foreach (var pfns in new ulong[][] { [], [7, 0, 7, 1 << 20, ulong.MaxValue, 3] })
        {
            var (entries, errors) = Run(host, pfns);

            Assert.NotEmpty(entries);
            Assert.NotEmpty(errors);
            foreach (var source in new IXenDataSource[] { capture, remote })
            {
                var (others, otherErrors) = Run(source, pfns);
                Assert.Equal(entries, others);
                Assert.Equal(errors, otherErrors);
            }
        }
    }

    [Fact]
    public void ARemoteTableIsReadInPartsWithAsFewReadsAsPossible()
    {
        var source = new ManyPages(entries: 2 * PagesPerRead * 512 + 5);
        var far = PagesPerRead * 512;

        Assert.Equal(2 * PagesPerRead * 512 + 5, (ulong)Run(source, []).Entries.Length);
        Assert.Equal([(0, PagesPerRead), (PagesPerRead, PagesPerRead), (2 * PagesPerRead, PagesPerRead)], source.TakeReads());
        Assert.Equal([5UL, 1000, 0], Run(source, [5, 1000, 0]).Entries.Select(entry => entry.Pfn));
        Assert.Equal([(0, 2)], source.TakeReads());
        Assert.Equal([far, 0, far - 1, ulong.MaxValue], Run(source, [far, 0, far - 1, ulong.MaxValue]).Entries.Select(entry => entry.Pfn));
        Assert.Equal([(PagesPerRead, 1), (0, PagesPerRead), ((1UL << 30) / 512 - 1, 1)], source.TakeReads());
    }

    [Fact]
    public void ACaptureOfARemoteHostReadsALargeTableInParts()
    {
        var source = new ManyPages(entries: 2 * PagesPerRead * 512) { IsRemote = true };
        using var capture = Capture(source);

        Assert.Equal([(0, PagesPerRead), (PagesPerRead, PagesPerRead)], source.TakeReads());
        Assert.Equal(2 * PagesPerRead * 512, capture.ReadP2m(5, 0, 1)!.EntryCount);
    }

    [Fact]
    public void ATableThatChangesBetweenTwoReadsIsAnError()
    {
        var source = new ManyPages(entries: 2 * PagesPerRead * 512) { LaterEntries = PagesPerRead * 512 };

        var (entries, errors) = Run(source, []);

        Assert.Equal(PagesPerRead * 512, (ulong)entries.Length);
        Assert.Equal(["The P2M table of domain 5 had 4194304 entries at first and then 2097152; read it again."], errors);
    }

    // A guest that enters one page everywhere must not make the capture so large that nobody can read it.
    [Fact]
    public void ATableWithMoreFramesThanTheGuestHasIsAnError()
    {
        var guest = SyntheticGuest.PvWithList();
        guest.Domain.Reading = guest.Domain.Reading with { TotalPages = 512 };
        using var capture = Capture(new FakeMemory(guest));

        var error = Assert.Throws<XenException>(() => capture.ReadP2m(5, 0, 1));
        Assert.Contains("lists more frames than the 512 that the domain has", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ACaptureTakesNoMoreTablesThanReadersAccept()
    {
        const int PerGuest = 3;
        var source = new ManyGuests(count: 3, PerGuest);
        using var capture = Capture(source, maximumPages: 2 * PerGuest);

        Assert.Equal([PerGuest, PerGuest], new ushort[] { 0, 1 }.Select(domId => capture.ReadP2m(domId, 0, 1)!.Pages.Count));
        var error = Assert.Throws<XenException>(() => capture.ReadP2m(2, 0, 1));
        Assert.Contains("has no place in a capture with 6 pages of other tables", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnEntryThatIsNotInTheCaptureIsAnError()
    {
        using var capture = Open(Table(entries: 2000, first: 1, count: 1), Page(1));

        Assert.Equal([(512UL, P2mState.Mapped), (2000UL, P2mState.Missing)], Run(capture, [512, 2000]).Entries.Select(State));
        var (entries, errors) = Run(capture, [1023, 1024]);
        Assert.Equal([1023UL], entries.Select(entry => entry.Pfn));
        Assert.Equal(["test.xencap does not contain the P2M entry of frame 0x400 of domain 5; use the host itself."], errors);
        Assert.Single(Run(capture, []).Errors);
    }

    [Fact]
    public void APageThatCouldNotBeReadHasNoEntries()
    {
        using var capture = Open(Table(entries: 1025, first: 0, count: 3), Page(2));

        Assert.Equal(
            [(511UL, P2mState.Missing), (512UL, P2mState.Missing), (1024UL, P2mState.Mapped)],
            Run(capture, [511, 512, 1024]).Entries.Select(State));
    }

    [Fact]
    public void ACaptureWithoutTables()
    {
        using var capture = Open();

        Assert.Equal(["test.xencap does not contain the P2M table of domain 5; use the host itself."], Run(capture, []).Errors);
    }

    [Fact]
    public void LinesThatCannotBe()
    {
        AssertDamaged(Page(0));
        AssertDamaged(Table(), Table());
        AssertDamaged(Table(), Page(0), Page(0));
        AssertDamaged(Table(), Page(2));
        AssertDamaged(Table(entries: 512), Page(1));
        AssertDamaged(Table(first: 1, count: 1), Page(0));
        AssertDamaged(Table(), Page(1UL << 55));
        AssertDamaged(Table(), Page(ulong.MaxValue));
        AssertDamaged(Table(entries: (1UL << 30) + 1));
        AssertDamaged(Table(entries: 0));
        AssertDamaged(Table(first: ulong.MaxValue));
        AssertDamaged(Table(count: ulong.MaxValue));
        AssertDamaged(Table().Replace("\"domid\":5", "\"domid\":6", StringComparison.Ordinal));
        AssertDamaged(Table(), """{"kind":"p2mpage","domid":5,"index":0,"page":"AAAA"}""");
        AssertDamaged(Table(), """{"kind":"p2mpage","domid":5,"index":0,"page":null}""");
    }

    private static FakeDomain WithoutPage(ushort domId) =>
        new() { Reading = Some.Domain(domId), PageError = Some.Error(XenErrorId.SharedInfoNotMapped) };

    private static (ulong Pfn, P2mState State) State(XenP2mEntry entry) => (entry.Pfn, entry.State);

    private static string Table(ulong entries = 1000, ulong first = 0, ulong count = 2) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"kind":"p2m","domid":5,"entries":{{entries}},"first":{{first}},"count":{{count}}}""");

    private static string Page(ulong index) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"kind":"p2mpage","domid":5,"index":{{index}},"page":"{{s_page}}"}""");

    private static void AssertDamaged(params string[] lines) =>
        CaptureText.AssertDamaged(CaptureText.Complete([CaptureText.Domain(), .. lines]));

    private static CaptureTarget Open(params string[] lines) =>
        CaptureText.Open(System.Text.Encoding.UTF8.GetBytes(CaptureText.Complete([CaptureText.Domain(), .. lines])));

    private static CaptureTarget Capture(IXenDataSource target, ulong maximumPages = CaptureExport.StandardP2mPageCount)
    {
        using var output = new MemoryStream();
        new CaptureExport(target, new RecordingObserver()) { Parts = CaptureParts.P2m, MaximumP2mPages = maximumPages }
            .Run(DomainSelection.All, output);
        return CaptureText.Open(output.ToArray());
    }

    private static (XenP2mEntry[] Entries, string[] Errors) Run(IXenDataSource target, ulong[] pfns)
    {
        var observer = new RecordingObserver();
        XenP2mEntry[] entries = [.. new P2mQuery(target, observer) { Pfns = pfns }.Run(DomainSelection.All)];
        return (entries, [.. observer.Errors.Select(error => error.Message)]);
    }

    /// <summary>Represents a source with a large table, which counts how often it is read.</summary>
    private sealed class ManyPages(ulong entries) : FakeTarget(WithoutPage(5)), IXenDataSource
    {
        private readonly List<(ulong First, ulong Count)> _reads = [];

        public bool IsRemote { get; init; }

        /// <summary>Gets the number of entries from the second read on; null for the same as before.</summary>
        public ulong? LaterEntries { get; init; }

        public P2mPages? ReadP2m(ushort domId, ulong first, ulong count)
        {
            _reads.Add((first, count));
            return new P2mPages(_reads.Count > 1 ? LaterEntries ?? entries : entries, first, count);
        }

        public IXenDataSource TakeCapture(CaptureRequest request, CancellationToken cancellation = default) =>
            new FakeTarget([.. Domains.Values]);

        public (ulong First, ulong Count)[] TakeReads()
        {
            (ulong, ulong)[] reads = [.. _reads];
            _reads.Clear();
            return reads;
        }
    }

    /// <summary>Represents a source with guests that have tables of many pages.</summary>
    private sealed class ManyGuests(int count, int pages)
        : FakeTarget([.. Enumerable.Range(0, count).Select(domId => WithoutPage((ushort)domId))]), IXenDataSource
    {
        private static readonly byte[] s_empty = new byte[4096];

        public P2mPages? ReadP2m(ushort domId, ulong first, ulong limit)
        {
            var table = new P2mPages((ulong)pages * 512, first, limit);
            for (ulong index = 0; index < (ulong)pages; index++) table.TryAdd(index, s_empty);
            return table;
        }
    }
}
