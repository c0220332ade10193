using XenShared.Layout;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;

namespace XenShared.Tests.Queries;

/// <summary>Tests waiting for a condition of a channel.</summary>
public sealed class ChannelWaitTests : IDisposable
{
    private const ushort DomId = 1;
    private const uint Console = 2;

    private readonly SimulatedTarget _host = new(15);
    private readonly AutoTime _time = new();
    private int _waits;

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData(ChannelCondition.Masked)]
    [InlineData(ChannelCondition.Unmasked)]
    [InlineData(ChannelCondition.Idle)]
    public void WhatIsSoAlreadyIsNotWaitedFor(ChannelCondition condition)
    {
        if (condition == ChannelCondition.Masked) Mask(true);

        var channel = Wait(condition);

        Assert.Equal((DomId, Console, condition == ChannelCondition.Masked), (channel.DomId, channel.Port, channel.Masked));
        Assert.Empty(_time.Waits);
    }

    [Fact]
    public void ItWaitsUntilItIsSo()
    {
        _time.WhileWaiting = () => Mask(++_waits == 5);

        Assert.True(Wait(ChannelCondition.Masked).Masked);
        Assert.Equal(5, _waits);
    }

    [Fact]
    public void AnEventIsWaitedFor()
    {
        Mask(true);
        _time.WhileWaiting = () => At(3, () => _host.Guest(DomId).Raise(Console));

        Assert.True(Wait(ChannelCondition.Pending).Pending);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 8)]
    public void InVainItTimesOut(int seconds, int waits)
    {
        var error = Assert.Throws<XenException>(() => Wait(ChannelCondition.Masked, seconds));

        Assert.Equal((XenErrorId.WaitTimedOut, DomId, Console), (error.Id, error.DomId!.Value, error.Port!.Value));
        Messages.AssertSentence(error.Message, DomId);
        Assert.Equal(waits, _time.Waits.Count);
        Assert.Equal(TimeSpan.FromSeconds(seconds), _time.Waits.Aggregate(TimeSpan.Zero, (sum, wait) => sum + wait));
    }

    [Fact]
    public void WhatIsNotKnownIsAnErrorAndNoEternalWait()
    {
        var error = Assert.Throws<XenException>(() =>
            new ChannelWait(_host, new RecordingObserver()) { Time = _time }.Wait(0, 1, ChannelCondition.Idle));

        Assert.Equal((XenErrorId.EventStateUnknown, 0), (error.Id, _time.Waits.Count));
        Messages.AssertSentence(error.Message, 0);
    }

    [Fact]
    public void APortThatXenHidesIsNotKnownToBeClosed()
    {
        var hidden = _host.Guest(9).Ports.Values.First(port => port.Reading.State is null).Reading.Port;

        Assert.Equal(
            XenErrorId.EventStateUnknown,
            Assert.Throws<XenException>(() => new ChannelWait(_host, new RecordingObserver()).Wait(9, hidden, ChannelCondition.Closed)).Id);
    }

    [Fact]
    public void AClosedChannelIsTheEndOfWaitingForIt()
    {
        _time.WhileWaiting = () => At(2, () => _host.Guest(DomId).Close(Console));

        Assert.Equal(ChannelState.Closed, Wait(ChannelCondition.Closed).State);
        Assert.Equal(XenErrorId.EventChannelNotFound, Assert.Throws<XenException>(() => Wait(ChannelCondition.Pending)).Id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ADomainThatGoesHasNoOpenChannel(bool isReplaced)
    {
        _time.WhileWaiting = () => At(2, () =>
        {
            if (isReplaced) _host.Replace(DomId);
            else _host.End(DomId);
        });

        var channel = Wait(ChannelCondition.Closed);

        Assert.Equal((ChannelState.Closed, (bool?)null), (channel.State!.Value, channel.Pending));
    }

    [Fact]
    public void ADomainThatGoesIsNotWaitedForAnyLonger()
    {
        _time.WhileWaiting = () => At(2, () => _host.End(DomId));

        Assert.Equal(XenErrorId.DomainVanished, Assert.Throws<XenException>(() => Wait(ChannelCondition.Masked)).Id);
        Assert.Equal(XenErrorId.DomainNotFound, Assert.Throws<XenException>(() => Wait(ChannelCondition.Masked)).Id);
    }

    [Fact]
    public void APortThatDoesNotExistIsAnError() =>
        Assert.Equal(
            XenErrorId.EventChannelNotFound,
            Assert.Throws<XenException>(() => new ChannelWait(_host, new RecordingObserver()).Wait(DomId, 9999, ChannelCondition.Closed)).Id
        );

    [Fact]
    public void ACaptureIsLookedAtOnce()
    {
        using var capture = CaptureTarget.Open(Path.Combine(AppContext.BaseDirectory, "data", "bookworm-quick.xencap"));
        var wait = new ChannelWait(capture, new RecordingObserver()) { Time = _time };

        Assert.True(wait.Wait(5, 4, ChannelCondition.Masked).Masked);
        var error = Assert.Throws<XenException>(() => wait.Wait(5, 1, ChannelCondition.Masked));
        Assert.Equal((XenErrorId.WaitTimedOut, 0), (error.Id, _time.Waits.Count));
        Assert.Contains("does not change", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CancellationEndsIt()
    {
        using var source = new CancellationTokenSource();
        _time.WhileWaiting = () => At(2, source.Cancel);

        Assert.ThrowsAny<OperationCanceledException>(() =>
            new ChannelWait(_host, new RecordingObserver()) { Time = _time }.Wait(DomId, Console, ChannelCondition.Masked, source.Token));
    }

    private XenEventChannel Wait(ChannelCondition condition, int? seconds = null) =>
        new ChannelWait(_host, new RecordingObserver())
        {
            Time = _time,
            Timeout = seconds is { } limit ? TimeSpan.FromSeconds(limit) : null,
        }.Wait(DomId, Console, condition);

    private void Mask(bool isMasked)
    {
        if (isMasked) Some.Set(_host.Guest(DomId).SharedPage(), SharedInfoLayout.X86_64.MaskOffset, Console);
    }

    private void At(int wait, Action work)
    {
        if (++_waits == wait) work();
    }
}
