using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using XenShared.Targets;
using XenShared.Targets.Remote;
using XenShared.Tests.Support;

#pragma warning disable xUnit1031 // A connection belongs to the thread that is inside, so these tests wait in theirs.

namespace XenShared.Tests.Targets.Remote;

/// <summary>Checks that everything that this program starts, here and on the remote host, ends with it, however it ends.</summary>
[Collection("ssh")]
[SupportedOSPlatform("linux")]
public sealed class LeashTests(SshBed bed)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    // A remote end that ignores even the end of its input runs until its connection is closed. It is found by its name.
    private const string Deaf = "trap '' HUP INT TERM; while :; do sleep 0.1; done";

    [Theory]
    [InlineData("far", 9)]
    [InlineData("far", 15)]
    [InlineData("deaf", 9)]
    [InlineData("deaf", 15)]
    public void NothingIsLeftOfAProgramThatIsKilled(string host, int signal)
    {
        bed.NeedDaemon();
        using var folder = new TemporaryFolder();
        var start = CliProgram.Prepare(
            Environment.GetEnvironmentVariable("PATH") ?? "",
            ["watch", "--interval", "200", "--target", $"ssh://{host}"]
        );
        start.Environment["TMPDIR"] = folder.Root;
        if (host == "deaf") bed.MakeFarEndDeaf(Deaf);
        try
        {
            using var process = Process.Start(start)!;
            _ = process.StandardOutput.ReadToEndAsync();
            _ = process.StandardError.ReadToEndAsync();
            // The program is connected and waits for a reply.
            Wait(() =>
                Directory.GetDirectories(folder.Root, "xs-*").Any(socket => File.Exists(Path.Combine(socket, "s")))
                && bed.Processes("capture").Length > 0);

            Assert.Equal(0, kill(process.Id, signal));
            Assert.True(process.WaitForExit(s_limit));

            Wait(() => bed.SshProcesses().Length == 0);
            Wait(() => Directory.GetDirectories(folder.Root, "xs-*").Length == 0);
            if (host == "far") Wait(() => bed.Processes("capture").Length == 0);
        }
        finally
        {
            bed.MakeRemoteEndReceive();
        }
    }

    [Theory]
    [InlineData("capture", "-", "--target", "simulated:400")]
    [InlineData("poke", "--domid", "1", "--port", "2", "--masked", "true", "--target", "simulated:12:3")]
    public void AFarEndEndsWithItsInput(params string[] arguments)
    {
        var start = CliProgram.Prepare("", [.. arguments, "--wire"]);
        using var process = Process.Start(start)!;
        _ = process.StandardError.ReadToEndAsync();
        // The program still runs: its output is not read, or its prompt is not answered.
        Assert.False(process.WaitForExit(TimeSpan.FromSeconds(2)));

        process.StandardInput.Close();

        Assert.True(process.WaitForExit(s_limit));
        // The poke may first treat the end of its input as a "no".
        Assert.Contains(process.ExitCode, arguments[0] == "poke" ? (int[])[0, 129] : [129]);
    }

    [Fact]
    public void ClosingEndsAQuestionThatIsUnderWay()
    {
        var destination = bed.StandIn("closing", "case $1 in *Domains*) hello >&2; exec cat $BED/good.xencap ;; esac; exec sleep 600");
        var connection = new TargetConnection(RemoteTarget.Open(destination));
        using var isInside = new ManualResetEventSlim();
        var reader = Task.Run(() => Record.Exception(() => connection.Use(target => { isInside.Set(); return target.ReadPorts(1); })));
        isInside.Wait(s_limit);

        Watchdog.Ends(() => Assert.True(connection.Close(s_limit)));

        Assert.IsAssignableFrom<OperationCanceledException>(reader.Result);
        connection.Dispose();
    }

    [Fact]
    public void ClosingEndsAConnectionThatIsBeingMade()
    {
        var destination = bed.StandIn("connecting", "exit 0");
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        var before = bed.SshProcesses().Length;
        File.WriteAllText(bed["bin/ssh.real"], File.ReadAllText(bed["bin/ssh"]));
        File.WriteAllText(bed["bin/ssh"], "#!/bin/bash\nexec sleep 600\n");
        try
        {
            Assert.ThrowsAny<OperationCanceledException>(() => Watchdog.Ends(() => RemoteTarget.Open(destination, cancellation.Token)));
        }
        finally
        {
            File.WriteAllText(bed["bin/ssh"], File.ReadAllText(bed["bin/ssh.real"]));
        }
        Assert.Equal(before, bed.SshProcesses().Length);
    }

    [Fact]
    public void AFolderThatHasGoneIsNoErrorOfClosing()
    {
        bed.NeedDaemon();
        using var folder = new TemporaryFolder();
        var saved = Environment.GetEnvironmentVariable("TMPDIR");
        Environment.SetEnvironmentVariable("TMPDIR", folder.Root);
        try
        {
            var target = RemoteTarget.Open(new SshDestination("far"));
            foreach (var socket in Directory.GetDirectories(folder.Root, "xs-*")) Directory.Delete(socket, recursive: true);

            target.Dispose();
        }
        finally
        {
            Environment.SetEnvironmentVariable("TMPDIR", saved);
        }
        Wait(() => bed.SshProcesses().Length == 0);
    }

    [Fact]
    public void ManyReadCloseAndReconnectAndNothingIsLeft()
    {
        bed.NeedDaemon();
        var isOver = false;
        var (reads, cuts) = (0, 0);
        var connection = new TargetConnection(RemoteTarget.Open(new SshDestination("far")));
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () =>
            {
                while (!Volatile.Read(ref isOver))
                {
                    var used = Volatile.Read(ref connection);
                    if (!used.TryAddRef()) continue;
                    try
                    {
                        used.Use(target => target.ReadDomain(1));
                        Interlocked.Increment(ref reads);
                    }
                    catch (OperationCanceledException)
                    {
                        Assert.True(used.IsClosed);
                        Interlocked.Increment(ref cuts);
                    }
                    finally
                    {
                        used.Dispose();
                    }
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();

        for (var turn = 0; turn < 5; turn++)
        {
            var before = Volatile.Read(ref reads);
            Wait(() => Volatile.Read(ref reads) > before || readers.Any(reader => reader.IsCompleted));
            var old = Interlocked.Exchange(ref connection, new TargetConnection(RemoteTarget.Open(new SshDestination("far"))));
            Assert.True(old.Close(s_limit));
            old.Dispose();
        }
        Volatile.Write(ref isOver, true);
        Task.WaitAll(readers);
        connection.Dispose();

        Assert.InRange(cuts, 1, int.MaxValue);
        Wait(() => bed.SshProcesses().Length == 0);
    }

    // This limit is not a measurement: it takes little time, or does not end.
    private static void Wait(Func<bool> isSo)
    {
        var clock = Stopwatch.StartNew();
        while (!isSo())
        {
            Assert.True(clock.Elapsed < s_limit, "It does not come.");
            Thread.Sleep(20);
        }
    }

    [DllImport("libc")]
    private static extern int kill(int pid, int signal);
}
