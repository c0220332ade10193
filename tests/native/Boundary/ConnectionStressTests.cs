using XenShared.Native.Tests.Fake;
using XenShared.Targets;

#pragma warning disable xUnit1031 // A connection belongs to the thread that is inside, so these tests wait in theirs.

namespace XenShared.Native.Tests.Boundary;

/// <summary>
/// Checks that many threads can read a local host while others close and open it: no memory is used after it is freed, and no handle
/// remains open.
/// </summary>
public sealed class ConnectionStressTests(FakeXenFixture fixture) : FakeXenTest(fixture)
{
    private const int Turns = 300;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Fact]
    public void Closing_cuts_readers_off_and_leaves_nothing()
    {
        Boot(StandardHost.Create());
        var connection = new TargetConnection(LocalTarget.Open());
        var (reads, cuts, isOver) = (0, 0, false);
        var readers = Enumerable.Range(0, 6).Select(number => Task.Factory.StartNew(
            () =>
            {
                while (!Volatile.Read(ref isOver))
                {
                    var used = Volatile.Read(ref connection);
                    if (!used.TryAddRef()) continue;
                    try
                    {
                        used.Use(target => Ask(target, number));
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

        for (var turn = 0; turn < Turns; turn++)
        {
            while (Volatile.Read(ref reads) < turn && !readers.Any(reader => reader.IsFaulted)) Thread.Yield();
            // One after the other: the fake host has no lock of its own.
            Assert.True(Volatile.Read(ref connection).Close(s_limit));
            var old = Interlocked.Exchange(ref connection, new TargetConnection(LocalTarget.Open()));
            old.Dispose();
        }
        Volatile.Write(ref isOver, true);
        Assert.True(Task.WaitAll(readers, s_limit));
        connection.Dispose();

        Assert.InRange(reads, Turns - 1, int.MaxValue);
        AssertBalanced();
    }

    [Fact]
    public void A_reader_that_is_inside_finishes_with_an_open_host()
    {
        Boot(StandardHost.Create());
        for (var turn = 0; turn < 50; turn++)
        {
            var connection = new TargetConnection(LocalTarget.Open());
            using var isInside = new ManualResetEventSlim();
            var reader = Task.Run(() => connection.Use(target =>
            {
                isInside.Set();
                for (var question = 0; question < 20; question++) Ask(target, question);
                return target.ReadPorts(StandardHost.Pv).Bound.Count;
            }));
            isInside.Wait(s_limit);

            Assert.True(connection.Close(s_limit));

            Assert.Equal(6, reader.Result);
            connection.Dispose();
        }
        AssertBalanced();
    }

    private static int Ask(IXenDataSource target, int number) => (number % 4) switch
    {
        0 => target.ReadPorts(StandardHost.Pv).Bound.Count,
        1 => target.ReadSample(StandardHost.Pv).Page.Length,
        2 => target.ReadDomains().Count(),
        _ => target.ReadDeviceNodes(StandardHost.Pv).Count,
    };
}
