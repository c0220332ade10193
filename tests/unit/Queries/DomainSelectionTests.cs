using XenShared.Queries;
using XenShared.Tests.Support;

namespace XenShared.Tests.Queries;

/// <summary>Tests which domains a query selects.</summary>
public sealed class DomainSelectionTests
{
    private static readonly FakeTarget s_target = new(
        Named(0, "Domain-0"),
        Named(3, "web1"),
        Named(4, "web2"),
        Named(7, null),
        Named(9, "db"));

    [Fact]
    public void NothingNamedMeansAll() => AssertSelects(DomainSelection.All, [0, 3, 4, 7, 9]);

    [Fact]
    public void NumbersComeInTheirOrder() => AssertSelects(new() { DomIds = [9, 0, 4] }, [9, 0, 4]);

    [Fact]
    public void AMissingNumberIsOneErrorAndTheOthersFollow()
    {
        var observer = AssertSelects(new() { DomIds = [3, 99, 9] }, [3, 9]);

        var error = Assert.Single(observer.Errors);
        Assert.Equal((XenErrorId.DomainNotFound, (ushort?)99), (error.Id, error.DomId));
    }

    [Theory]
    [InlineData("web*", 3, 4)]
    [InlineData("*", 0, 3, 4, 9)]
    [InlineData("db", 9)]
    [InlineData("*b*", 3, 4, 9)]
    public void NamesMayHaveWildcards(string name, params int[] domIds) =>
        Assert.Empty(AssertSelects(new() { Names = [Some.Pattern(name)] }, domIds).Errors);

    [Fact]
    public void ADomainThatTwoNamesMatchComesOnce() =>
        AssertSelects(new() { Names = [Some.Pattern("web*"), Some.Pattern("web1")] }, [3, 4]);

    [Fact]
    public void AWildcardThatMatchesNothingIsNoError() => Assert.Empty(AssertSelects(new() { Names = [Some.Pattern("mail*")] }, []).Errors);

    [Fact]
    public void AnUnknownNameIsOneErrorAndTheOthersFollow()
    {
        var observer = AssertSelects(new() { Names = [Some.Pattern("mail"), Some.Pattern("db")] }, [9]);

        var error = Assert.Single(observer.Errors);
        Assert.Equal(XenErrorId.DomainNotFound, error.Id);
        Assert.Contains("'mail'", error.Message, StringComparison.Ordinal);
        Messages.AssertSentence(error.Message);
    }

    [Fact]
    public void NumbersAndNamesMeanThoseThatFitBoth() => AssertSelects(new() { DomIds = [7, 4], Names = [Some.Pattern("web*")] }, [4]);

    [Fact]
    public void NamesStopWhenCancelled()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();

        Assert.Throws<OperationCanceledException>(() =>
            new DomainSelection { Names = [Some.Pattern("*")] }
                .Read(s_target, new RecordingObserver(), cancellation.Token)
                .ToArray());
    }

    private static FakeDomain Named(ushort domId, string? name) => new() { Reading = Some.Domain(domId), Name = name };

    private static RecordingObserver AssertSelects(DomainSelection selection, IEnumerable<int> domIds)
    {
        var observer = new RecordingObserver();
        Assert.Equal(domIds, selection.Read(s_target, observer, default).Select(domain => (int)domain.DomId));
        return observer;
    }
}
