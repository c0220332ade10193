using XenShared.Queries;
using XenShared.Tests.Support;

namespace XenShared.Tests.Queries;

/// <summary>Tests the P2M entries that users get.</summary>
public sealed class P2mQueryTests
{
    private readonly RecordingObserver _observer = new();

    [Theory]
    [InlineData("list")]
    [InlineData("tree")]
    public void EveryEntryComes(string shape)
    {
        var guest = SyntheticGuest.Create(shape);

        var entries = Run(new FakeMemory(guest));

        Assert.Equal(1500, entries.Count);
        Assert.All(entries, entry =>
            Assert.Equal(
                ((ushort)5, "synthetic", (ulong?)guest.Frame(entry.Pfn), P2mState.Mapped, "fake"),
                (entry.DomId, entry.DomainName, entry.Mfn, entry.State, entry.HostName)));
        Assert.Equal(Enumerable.Range(0, 1500), entries.Select(entry => (int)entry.Pfn));
        Assert.Empty(_observer.Errors);
    }

    [Fact]
    public void OnlyTheSelectedOnesAreReturnedInTheirOrder()
    {
        var entries = Run(new FakeMemory(SyntheticGuest.PvWithList()), 7, 1499, 3, 1500);

        Assert.Equal([7, 1499, 3, 1500], entries.Select(entry => (int)entry.Pfn));
        Assert.Equal([P2mState.Mapped, P2mState.Mapped, P2mState.Mapped, P2mState.Missing], entries.Select(entry => entry.State));
    }

    [Fact]
    public void AGuestThatIsNotPvHasNone() =>
        AssertError(new FakeMemory(SyntheticGuest.Pvh()), XenErrorId.NotSupportedByHost, "is not a PV guest");

    [Fact]
    public void TheDomainThisRunsInIsNotRead() =>
        AssertError(
            new FakeMemory(SyntheticGuest.PvWithList()) { OwnDomId = 5 },
            XenErrorId.NotSupportedByHost,
            "is the one in which this program runs");

    [Fact]
    public void ATargetWithoutMemoryHasNone() =>
        AssertError(new FakeTarget(Some.FifoGuest(5)), XenErrorId.NotSupportedByHost, "does not contain the P2M table");

    [Fact]
    public void AGuestOf32BitsIsNotRead()
    {
        var guest = SyntheticGuest.PvWithList();
        guest.Domain.Reading = guest.Domain.Reading with { PvWidth = 32 };

        AssertError(new FakeMemory(guest), XenErrorId.NotSupportedByHost, "32-bit PV guest");
    }

    [Fact]
    public void AGuestThatNamesNoTableHasNone()
    {
        var guest = SyntheticGuest.PvWithList();
        guest.Arch = default;

        AssertError(new FakeMemory(guest), XenErrorId.NotSupportedByHost, "does not contain the address of its P2M table");
    }

    [Fact]
    public void APageThatCannotBeReadIsItsOwnError()
    {
        var memory = new FakeMemory(SyntheticGuest.PvWithList())
        {
            OnSample = _ =>
                throw new XenException(XenErrorId.SharedInfoNotMapped, "Domain 5 has not mapped its page", "wait") { DomId = 5 },
        };

        AssertError(memory, XenErrorId.SharedInfoNotMapped, "has not mapped");
    }

    [Fact]
    public void ADomainThatVanishesMeanwhileIsAnErrorAndTheOthersFollow()
    {
        var memory = new FakeMemory(SyntheticGuest.PvWithList(domId: 5), SyntheticGuest.PvWithTree(domId: 6))
        {
            OnVisit = visits => _ = visits == 5 ? throw Some.Error(XenErrorId.DomainVanished) : 0,
        };

        var entries = Run(memory);

        Assert.Equal([(5, 512), (6, 1500)], entries.CountBy(entry => entry.DomId).Select(pair => ((int)pair.Key, pair.Value)));
        Assert.Equal([XenErrorId.DomainVanished], _observer.ErrorIds);
    }

    [Fact]
    public void CancellationStopsTheStream()
    {
        using var cancellation = new CancellationTokenSource();
        using var entries = new P2mQuery(new FakeMemory(SyntheticGuest.PvWithList()), _observer)
            .Run(DomainSelection.All, cancellation.Token)
            .GetEnumerator();

        Assert.True(entries.MoveNext());
        cancellation.Cancel();

        Assert.Throws<OperationCanceledException>(() => entries.MoveNext());
    }

    private void AssertError(FakeTarget target, XenErrorId id, string why)
    {
        Assert.Empty(Run(target));

        var error = Assert.Single(_observer.Errors);
        Assert.Equal((id, (ushort?)5), (error.Id, error.DomId));
        Messages.AssertSentence(error.Message, 5);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    private List<XenP2mEntry> Run(FakeTarget target, params ulong[] pfns) =>
        [.. new P2mQuery(target, _observer) { Pfns = pfns }.Run(DomainSelection.All)];
}
