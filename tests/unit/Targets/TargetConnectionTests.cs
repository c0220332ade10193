using XenShared.Targets;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;

#pragma warning disable xUnit1031 // A connection belongs to the thread that is inside, so these tests wait in theirs.

namespace XenShared.Tests.Targets;

/// <summary>Checks that a connection is closed once, whoever closes it, and never while a thread uses it.</summary>
public sealed class TargetConnectionTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(60);

    [Fact]
    public void TheLastWhoLetsItGoClosesIt()
    {
        var target = new CountingTarget();
        var connection = new TargetConnection(target);
        Assert.True(connection.TryAddRef());

        connection.Dispose();
        Assert.Equal(0, target.Closings);
        connection.Dispose();
        connection.Dispose();

        Assert.Equal(1, target.Closings);
        Assert.False(connection.TryAddRef());
        Assert.Throws<OperationCanceledException>(() => connection.Use(_ => 0));
    }

    [Fact]
    public void ClosingWaitsForThoseWhoAreInside()
    {
        var target = new CountingTarget();
        var connection = new TargetConnection(target);
        using var isInside = new ManualResetEventSlim();
        using var mayLeave = new ManualResetEventSlim();
        var user = Task.Run(() => connection.Use(_ => { isInside.Set(); mayLeave.Wait(s_long); return target.Closings; }));
        isInside.Wait(s_long);

        Assert.False(connection.Close(TimeSpan.FromMilliseconds(50)));
        Assert.True(connection.Closing.IsCancellationRequested);
        Assert.Equal((0, 1), (target.Closings, target.Cancellations));
        mayLeave.Set();

        Assert.Equal(0, user.Result);
        Assert.True(connection.Close(s_long));
        Assert.Equal((1, 1), (target.Closings, target.Cancellations));
    }

    [Fact]
    public void AWaitingThreadIsCancelled()
    {
        var connection = new TargetConnection(new CountingTarget());
        connection.Enter();
        using var cancellation = new CancellationTokenSource();
        var stopped = Task.Run(() => Record.Exception(() => connection.Enter(cancellation.Token)));
        var closedOut = Task.Run(() => Record.Exception(() => connection.Enter()));

        cancellation.Cancel();
        Assert.Equal(cancellation.Token, Assert.IsType<OperationCanceledException>(stopped.Result).CancellationToken);
        Assert.False(connection.Close(TimeSpan.Zero));
        Assert.Equal(connection.Closing, Assert.IsType<OperationCanceledException>(closedOut.Result).CancellationToken);
        connection.Exit();
        Assert.True(connection.Close(TimeSpan.Zero));
    }

    [Fact]
    public void TheThreadWithTheLockMayCloseIt()
    {
        var target = new CountingTarget();
        var connection = new TargetConnection(target);

        // Takes the lock twice, as a pipeline with two cmdlets on one target does, and releases it to write.
        Watchdog.Ends(() => connection.Use(_ => connection.Use(_ =>
        {
            connection.RunOutside(() => Assert.False(connection.Close(s_long)));
            Assert.False(connection.Close(s_long));
            Assert.Equal(0, target.Closings);
            return 0;
        })));

        Assert.Equal(1, target.Closings);
    }

    [Fact]
    public void OthersComeInWhileOneIsOutside()
    {
        var connection = new TargetConnection(new CountingTarget());

        // Like a poke in a pipeline whose next command queries the same target on other threads and waits for them.
        Watchdog.Ends(() => connection.Use(_ =>
        {
            connection.RunOutside(() => Assert.Equal(7, Task.Run(() => connection.Use(_ => 7)).Result));
            return 0;
        }));
    }

    [Fact]
    public void OneThreadAtATimeHasTheLock()
    {
        var connection = new TargetConnection(new CountingTarget());
        var inside = 0;

        Parallel.For(0, 8, _ =>
        {
            for (var turn = 0; turn < 2000; turn++)
                connection.Use(_ =>
                {
                    Assert.Equal(1, Interlocked.Increment(ref inside));
                    Interlocked.Decrement(ref inside);
                    if (turn % 3 == 0) connection.RunOutside(() => Thread.Yield());
                    Assert.Equal(1, Interlocked.Increment(ref inside));
                    return Interlocked.Decrement(ref inside);
                });
        });
    }

    [Fact]
    public void ReadersAreCutOffAndNothingLeaks()
    {
        CountingTarget? current = null;
        TargetConnection Open() => new(current = new CountingTarget());
        var opened = new List<CountingTarget>();
        var connection = Open();
        opened.Add(current!);
        var (reads, cuts, isOver) = (0, 0, false);
        var readers = Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () =>
            {
                while (!Volatile.Read(ref isOver))
                {
                    var used = Volatile.Read(ref connection);
                    if (!used.TryAddRef()) continue;
                    try
                    {
                        Assert.NotEmpty(used.Use(target => target.ReadDomains().ToArray()));
                        Interlocked.Increment(ref reads);
                    }
                    catch (OperationCanceledException error)
                    {
                        Assert.Equal(used.Closing, error.CancellationToken);
                        Interlocked.Increment(ref cuts);
                    }
                    finally
                    {
                        used.Dispose();
                    }
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();

        for (var turn = 0; turn < 300; turn++)
        {
            while (Volatile.Read(ref reads) < turn) Thread.Yield();
            var old = Interlocked.Exchange(ref connection, Open());
            opened.Add(current!);
            Assert.True(old.Close(s_long));
            old.Dispose();
        }
        Volatile.Write(ref isOver, true);
        Task.WaitAll(readers);
        connection.Dispose();

        Assert.All(opened, target => Assert.Equal((1, false), (target.Closings, target.WasUsedClosed)));
    }

    /// <summary>Counts how often it is closed, and records whether it is used afterwards.</summary>
    private sealed class CountingTarget : FakeTarget, IXenDataSource
    {
        private readonly SimulatedTarget _inner = new(3, 1);
        private int _closings;
        private int _cancellations;

        public int Closings => Volatile.Read(ref _closings);

        public int Cancellations => Volatile.Read(ref _cancellations);

        public bool WasUsedClosed { get; private set; }

        IEnumerable<Hypervisor.DomainInfo> IXenDataSource.ReadDomains()
        {
            foreach (var domain in _inner.ReadDomains())
            {
                WasUsedClosed |= Closings > 0;
                yield return domain;
            }
        }

        void IXenDataSource.Cancel() => Interlocked.Increment(ref _cancellations);

        void IDisposable.Dispose() => Interlocked.Increment(ref _closings);
    }
}
