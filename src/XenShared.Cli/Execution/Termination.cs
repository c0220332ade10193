using System.Runtime.InteropServices;
using XenShared.Files;

namespace XenShared.Cli.Execution;

/// <summary>
/// Ends the program when SIGINT, SIGTERM or SIGHUP asks for it: the work is cancelled, and what does not see that within a moment is left
/// where it is. Only writes to a guest that have begun are always finished.
/// </summary>
internal static class Termination
{
    private const int SignalBase = 128;
    private const int HangUpSignal = 1;

    // Together with the work that polls, less than the second within which every command ends.
    private static readonly TimeSpan s_graceTime = TimeSpan.FromMilliseconds(600);

    // Programs such as timeout send a signal twice; who sends another one after this time means it.
    private static readonly TimeSpan s_gracePeriod = TimeSpan.FromSeconds(5);

    private static readonly CancellationTokenSource s_source = new();
    private static readonly ManualResetEventSlim s_asked = new();
    private static readonly List<PosixSignalRegistration> s_registrations = [];
    private static readonly TimeProvider s_time = TimeProvider.System;

    private static int s_signal;
    private static long s_askedAt;
    private static bool s_isSuccess;
    private static volatile bool s_mustFinish;

    /// <summary>Gets the token that a signal cancels.</summary>
    public static CancellationToken Token => s_source.Token;

    /// <summary>Gets the exit status of the signal that came: 128 and its number, or 0 where a signal is the usual end.</summary>
    public static int Status => s_isSuccess ? ExitStatus.Done : SignalBase + Volatile.Read(ref s_signal);

    /// <summary>Gets the exit status for a reader of the output that has gone.</summary>
    public static int BrokenPipeStatus => s_isSuccess ? ExitStatus.Done : ExitStatus.BrokenPipe;

    /// <summary>Listens to signals. This comes before anything else.</summary>
    /// <param name="isSuccess">Whether a signal, or a reader that goes, is the usual end of the command.</param>
    public static void Listen(bool isSuccess)
    {
        s_isSuccess = isSuccess;
        Add(PosixSignal.SIGHUP, HangUpSignal);
        Add(PosixSignal.SIGINT, 2);
        Add(PosixSignal.SIGTERM, 15);
    }

    /// <summary>Throws if a signal came, else lets nothing cut the work off from now on. Called where a write is agreed to.</summary>
    /// <exception cref="OperationCanceledException">A signal came.</exception>
    public static void BeginWrite()
    {
        s_mustFinish = true;
        if (!Token.IsCancellationRequested) return;
        s_mustFinish = false;
        Token.ThrowIfCancellationRequested();
    }

    /// <summary>Lets the work be cut off again: nothing is being written.</summary>
    public static void EndWrite() => s_mustFinish = false;

    /// <summary>Runs the program's work, and returns its exit status, or that of the signal that ended it.</summary>
    public static int Run(Func<int> work)
    {
        var status = 0;
        using var ended = new ManualResetEventSlim();
        // A thread of its own, so that a call that never returns does not keep the program.
        var thread = new Thread(() =>
        {
            status = work();
            ended.Set();
        })
        { IsBackground = true, Name = "command" };
        thread.Start();
        WaitHandle.WaitAny([ended.WaitHandle, s_asked.WaitHandle]);
        while (!ended.Wait(s_graceTime) && s_mustFinish)
        {
            // The writes are finished first.
        }
        return Token.IsCancellationRequested ? Status : status;
    }

    /// <summary>
    /// Ends the program as SIGHUP does when the other end of standard input has gone. In a program that does not listen to signals nothing
    /// is watched.
    /// </summary>
    public static void EndWithInput()
    {
        if (s_registrations.Count > 0) StandardInput.WatchEnd(HangUp);
    }

    private static void HangUp()
    {
        if (Interlocked.CompareExchange(ref s_signal, HangUpSignal, 0) == 0) End();
    }

    private static void End()
    {
        Volatile.Write(ref s_askedAt, s_time.GetTimestamp());
        s_asked.Set();
        s_source.Cancel();
    }

    private static void Add(PosixSignal signal, int number) => s_registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        if (Interlocked.CompareExchange(ref s_signal, number, 0) != 0)
        {
            context.Cancel = s_time.GetElapsedTime(Volatile.Read(ref s_askedAt)) < s_gracePeriod;
            return;
        }
        context.Cancel = true;
        End();
    }));
}
