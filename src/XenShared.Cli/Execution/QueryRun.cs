using System.CommandLine;
using XenShared.Cli.Options;
using XenShared.Cli.Output;
using XenShared.Files;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Cli.Execution;

/// <summary>Runs a command against its target and translates every outcome into an exit status.</summary>
internal static class QueryRun
{
    /// <summary>Sets the action of <paramref name="command"/>: <paramref name="run"/> returns the number of objects it printed.</summary>
    public static void SetAction(
        Command command,
        QueryOptions options,
        Func<ParseResult, IXenDataSource, IQueryObserver, CancellationToken, int> run
    ) => SetAction(command, options, null, run);

    /// <summary>
    /// Sets the action of a command. If the option <paramref name="wire"/> is on the command line, the command communicates with a remote
    /// caller.
    /// </summary>
    public static void SetAction(
        Command command,
        QueryOptions options,
        Option<bool>? wire,
        Func<ParseResult, IXenDataSource, IQueryObserver, CancellationToken, int> run
    ) =>
        command.SetAction(parsed =>
        {
            int Work(IQueryObserver observer)
            {
                using var target = options.Open(parsed, Termination.Token);
                return run(parsed, target, observer, Termination.Token);
            }
            return wire is not null && parsed.GetValue(wire) ? RunOnWire(Work) : Run(Work);
        });

    /// <summary>
    /// Sets the action of a command that runs until it is stopped. The exit status is 0 even if nothing was printed, and also if a signal
    /// stops the command.
    /// </summary>
    public static void SetWatchAction(
        Command command,
        QueryOptions options,
        Func<ParseResult, IXenDataSource, IQueryObserver, CancellationToken, int> run
    ) =>
        command.SetAction(parsed =>
            Run(
                observer =>
                {
                    using var target = options.Open(parsed, Termination.Token);
                    return run(parsed, target, observer, Termination.Token);
                },
                _ => ExitStatus.Done));

    /// <summary>Runs <paramref name="work"/>, which returns the number of objects it printed.</summary>
    public static int Run(Func<IQueryObserver, int> work) =>
        Run(work, printed => printed > 0 ? ExitStatus.Done : ExitStatus.NothingMatched);

    /// <summary>Runs <paramref name="work"/>, which returns the exit status.</summary>
    public static int RunForStatus(Func<IQueryObserver, int> work) => Run(work, status => status);

    /// <summary>Runs <paramref name="work"/> for a remote caller, which reads errors from standard error.</summary>
    public static int RunOnWire(Func<IQueryObserver, int> work)
    {
        var wire = new Wire(Console.Error);
        return Run(
            () =>
            {
                var printed = work(wire);
                return wire.Status != 0 ? wire.Status : printed > 0 ? ExitStatus.Done : ExitStatus.NothingMatched;
            },
            wire,
            () => wire.Status);
    }

    private static int Run(Func<IQueryObserver, int> work, Func<int, int> status)
    {
        var observer = new ConsoleObserver();
        try
        {
            return Run(
                () =>
                {
                    var printed = work(observer);
                    return observer.Status != 0 ? observer.Status : status(printed);
                },
                observer,
                () => observer.Status);
        }
        finally
        {
            observer.Clear();
        }
    }

    private static int Run(Func<int> work, IQueryObserver observer, Func<int> failed)
    {
        try
        {
            return work();
        }
        catch (XenException error)
        {
            observer.Fail(error);
            return failed();
        }
        catch (OperationCanceledException) when (Termination.Token.IsCancellationRequested)
        {
            return Termination.Status;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Fail(error);
        }
    }

    /// <summary>Writes the error of a file or an output, and returns its exit status.</summary>
    public static int Fail(Exception error)
    {
        if (error is BrokenPipeException) return Termination.BrokenPipeStatus;
        Console.Error.WriteLine($"xenshared: {TextFormat.Line(error.Message)}");
        return error is UnauthorizedAccessException ? ExitStatus.NoAccess : ExitStatus.Failed;
    }
}
