using System.Runtime.InteropServices;
using XenShared.Files;

namespace XenShared.Cli.Execution;

/// <summary>
/// Ends the program on SIGINT, SIGTERM or SIGHUP: it cancels the work, and abandons work that does not stop within a short time. Only
/// writes to a guest that have begun are always finished.
/// </summary>
internal static class Termination
{
    private const int SignalBase = 128;
    private const int HangUpSignal = 1;

    // The time in which the work must end after a signal. Then the work is abandoned, unless it is writing to a guest. Every command must
    // end within a second of the signal, so 400 ms are left for the process to exit.
    private static readonly TimeSpan s_exitTimeout = TimeSpan.FromMilliseconds(600);

    // Programs such as timeout send a signal twice, so a second signal is ignored if it arrives within this time of the first. A later one
    // ends the program immediately.
    private static readonly TimeSpan s_repeatedSignalPeriod = TimeSpan.FromSeconds(5);

    private static readonly CancellationTokenSource s_source = new();
    private static readonly ManualResetEventSlim s_requested = new();
    private static readonly List<PosixSignalRegistration> s_registrations = [];
    private static readonly TimeProvider s_time = TimeProvider.System;

    private static int s_signal;
    private static long s_requestedAt;
    private static bool s_isSuccess;
    private static volatile bool s_mustFinish;

    /// <summary>Gets the token that a signal cancels.</summary>
    public static CancellationToken Token => s_source.Token;

    /// <summary>Gets the exit status of the received signal: 128 plus its number, or 0 if a signal is the usual end.</summary>
    public static int Status => s_isSuccess ? ExitStatus.Done : SignalBase + Volatile.Read(ref s_signal);

    /// <summary>Gets the exit status if the reader of the output has closed it: 141, or 0 if the command usually ends so.</summary>
    public static int BrokenPipeStatus => s_isSuccess ? ExitStatus.Done : ExitStatus.BrokenPipe;

    /// <summary>Handles signals. Must be called before anything else.</summary>
    /// <param name="isSuccess">Whether a signal or a closed reader is the usual end of the command.</param>
    public static void Listen(bool isSuccess)
    {
        s_isSuccess = isSuccess;
        Add(PosixSignal.SIGHUP, HangUpSignal);
        Add(PosixSignal.SIGINT, 2);
        Add(PosixSignal.SIGTERM, 15);
    }

    /// <summary>
    /// Throws if a signal has been received. Otherwise signals do not end the program until <see cref="EndWrite"/>. Called when a write is
    /// confirmed.
    /// </summary>
    /// <exception cref="OperationCanceledException">A signal has been received.</exception>
    public static void BeginWrite()
    {
        s_mustFinish = true;
        if (!Token.IsCancellationRequested) return;
        s_mustFinish = false;
        Token.ThrowIfCancellationRequested();
    }

    /// <summary>Lets signals end the program again, because nothing is being written.</summary>
    public static void EndWrite() => s_mustFinish = false;

    /// <summary>Runs the work of the program, and returns its exit status or that of the signal that ended it.</summary>
    public static int Run(Func<int> work)
    {
        var status = 0;
        using var ended = new ManualResetEventSlim();
        // The work runs on a background thread, because the process can exit even if a call on such a thread never returns.
        var thread = new Thread(() =>
        {
            status = work();
            ended.Set();
        })
        { IsBackground = true, Name = "command" };
        thread.Start();
        WaitHandle.WaitAny([ended.WaitHandle, s_requested.WaitHandle]);
        while (!ended.Wait(s_exitTimeout) && s_mustFinish)
        {
            // Reached after a signal while a change to a guest is being written. The program ends only after the change is complete, so the
            // loop waits.
        }
        return Token.IsCancellationRequested ? Status : status;
    }

    /// <summary>
    /// Ends the program, as SIGHUP does, when the other end of standard input is closed. Does nothing in a program that does not handle
    /// signals.
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
        Volatile.Write(ref s_requestedAt, s_time.GetTimestamp());
        s_requested.Set();
        s_source.Cancel();
    }

    private static void Add(PosixSignal signal, int number) => s_registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        if (Interlocked.CompareExchange(ref s_signal, number, 0) != 0)
        {
            context.Cancel = s_time.GetElapsedTime(Volatile.Read(ref s_requestedAt)) < s_repeatedSignalPeriod;
            return;
        }
        context.Cancel = true;
        End();
    }));
}
