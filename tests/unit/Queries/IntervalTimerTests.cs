using XenShared.Queries;
using XenShared.Tests.Support;

namespace XenShared.Tests.Queries;

/// <summary>Checks that intervals do not drift.</summary>
public sealed class IntervalTimerTests
{
    private readonly AutoTime _time = new();

    [Fact]
    public void WorkBetweenBeatsDoesNotMoveThem()
    {
        var pace = new IntervalTimer(_time, TimeSpan.FromSeconds(1));
        for (var beat = 1; beat <= 100; beat++)
        {
            _time.Pass(TimeSpan.FromMilliseconds(beat % 9 * 100));
            pace.Wait(limit: null, default);

            Assert.Equal(TimeSpan.FromSeconds(beat), pace.Elapsed);
        }
    }

    [Fact]
    public void BeatsThatHavePassedAreLeftOut()
    {
        var pace = new IntervalTimer(_time, TimeSpan.FromSeconds(1));
        _time.Pass(TimeSpan.FromSeconds(3.4));
        pace.Wait(limit: null, default);
        pace.Wait(limit: null, default);

        Assert.Equal(TimeSpan.FromSeconds(5), pace.Elapsed);
        Assert.Equal([TimeSpan.FromSeconds(0.6), TimeSpan.FromSeconds(1)], _time.Waits);
    }

    [Fact]
    public void ItDoesNotWaitBeyondItsLimit()
    {
        var pace = new IntervalTimer(_time, TimeSpan.FromSeconds(10));
        pace.Wait(TimeSpan.FromSeconds(4), default);

        Assert.Equal(TimeSpan.FromSeconds(4), pace.Elapsed);
    }

    [Fact]
    public void CancellationEndsAWaitOfTheRealClock()
    {
        using var source = new CancellationTokenSource();
        var pace = new IntervalTimer(TimeProvider.System, TimeSpan.FromHours(1));
        source.CancelAfter(TimeSpan.FromMilliseconds(20));

        Assert.ThrowsAny<OperationCanceledException>(() => pace.Wait(limit: null, source.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => pace.Wait(limit: null, source.Token));
    }
}
