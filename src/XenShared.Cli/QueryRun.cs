using System.CommandLine;
using XenShared.Cli.Output;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Cli;

/// <summary>Runs a command against its target and turns whatever happens into an exit status.</summary>
internal static class QueryRun
{
    /// <summary>Sets what <paramref name="command"/> does: <paramref name="run"/> gives the number of objects it printed.</summary>
    public static void SetAction(Command command, QueryOptions options, Func<ParseResult, IXenTarget, IQueryObserver, CancellationToken, int> run) =>
        SetAction(command, options, null, run);

    /// <summary>The same for a command that can speak with another program when <paramref name="wire"/> is given.</summary>
    public static void SetAction(Command command, QueryOptions options, Option<bool>? wire, Func<ParseResult, IXenTarget, IQueryObserver, CancellationToken, int> run) =>
        command.SetAction((parsed, cancellation) =>
        {
            int Work(IQueryObserver observer)
            {
                using var target = options.Open(parsed, cancellation);
                return run(parsed, target, observer, cancellation);
            }
            return Task.FromResult(wire is not null && parsed.GetValue(wire) ? RunOnWire(Work) : Run(Work));
        });

    /// <summary>Sets what a command does that goes on until it is stopped: that nothing changed meanwhile, or that somebody stopped it, is no failure.</summary>
    public static void SetWatchAction(Command command, QueryOptions options, Func<ParseResult, IXenTarget, IQueryObserver, CancellationToken, int> run) =>
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            observer =>
            {
                using var target = options.Open(parsed, cancellation);
                try
                {
                    return run(parsed, target, observer, cancellation);
                }
                catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
                {
                    return 0;
                }
            },
            _ => ExitStatus.Done)));

    /// <summary>Runs <paramref name="work"/>, which gives the number of objects it printed.</summary>
    public static int Run(Func<IQueryObserver, int> work) => Run(work, printed => printed > 0 ? ExitStatus.Done : ExitStatus.NothingMatched);

    /// <summary>Runs <paramref name="work"/>, which gives the status by itself.</summary>
    public static int RunForStatus(Func<IQueryObserver, int> work) => Run(work, status => status);

    private static int Run(Func<IQueryObserver, int> work, Func<int, int> status)
    {
        var observer = new ConsoleObserver();
        try
        {
            var printed = work(observer);
            observer.Clear();
            return observer.Status != 0 ? observer.Status : status(printed);
        }
        catch (XenException error)
        {
            observer.Fail(error);
            return observer.Status;
        }
        catch (OperationCanceledException)
        {
            observer.Clear();
            return ExitStatus.Failed;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Fail(error);
        }
    }

    /// <summary>Writes what a file, or an output, failed with; gives the status for it.</summary>
    public static int Fail(Exception error)
    {
        Console.Error.WriteLine($"xenshared: {Words.Line(error.Message)}");
        return error is UnauthorizedAccessException ? ExitStatus.NoAccess : ExitStatus.Failed;
    }

    /// <summary>Runs <paramref name="work"/> for a program at the other end of a connection, which hears of what goes wrong on standard error.</summary>
    public static int RunOnWire(Func<IQueryObserver, int> work)
    {
        var wire = new Wire(Console.Error);
        try
        {
            var printed = work(wire);
            return wire.Status != 0 ? wire.Status : printed > 0 ? ExitStatus.Done : ExitStatus.NothingMatched;
        }
        catch (XenException error)
        {
            wire.Fail(error);
            return wire.Status;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Fail(error);
        }
    }
}
