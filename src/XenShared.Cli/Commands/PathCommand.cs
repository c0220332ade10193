using System.CommandLine;
using XenShared.Cli.Execution;
using XenShared.Cli.Options;
using XenShared.Cli.Output;
using XenShared.Diagnosis;
using XenShared.Guests.Locating;
using XenShared.Queries;

namespace XenShared.Cli.Commands;

internal static class PathCommand
{
    // The largest value of --interval: one minute in milliseconds. A larger value is probably meant in another unit, so it is rejected.
    private const int LongestInterval = 60_000;

    public static Command Create()
    {
        var command = new Command(
            "path",
            "Test the path of events from the sender to the vCPU, and find the link that stops them. Exit status 0: no event stops; 1: an "
                + "event stops, or no channel was tested. Xen pauses each vCPU for microseconds at each of three reads, and of 20 "
                + "more if a vCPU may hang.");
        var options = new QueryOptions(command);
        var ports = new Option<uint[]>("--port", "-p")
        {
            Description = "The ports to test. Default: all channels with an event that waits.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "N",
        };
        var force = new Option<bool>("--force")
        {
            Description = "Search guest memory even if that makes Xen populate pages.",
        };
        var interval = new Option<int>("--interval")
        {
            Description = "Milliseconds from one read to the next. Reads in less than a second do not prove that a state lasts.",
            DefaultValueFactory = _ => (int)EventPathQuery.DefaultInterval.TotalMilliseconds,
            HelpName = "MS",
        };
        command.Options.Add(ports.Range(0u, uint.MaxValue));
        command.Options.Add(interval.Range(0, LongestInterval));
        command.Options.Add(force);
        command.SetAction(parsed =>
            QueryRun.RunForStatus(observer =>
            {
                using var target = options.Open(parsed, Termination.Token);
                var query = new EventPathQuery(target, observer)
                {
                    Ports = parsed.GetValue(ports) ?? [],
                    Interval = TimeSpan.FromMilliseconds(parsed.GetValue(interval)),
                    Locate = new LocatorOptions { Force = parsed.GetValue(force) },
                };
                var pokeTarget = options.PokeTarget(parsed);
                var isStopped = false;
                var paths = query
                    .Run(options.Selection(parsed), Termination.Token)
                    .Select(path =>
                    {
                        isStopped |= path.Verdict == EventPathVerdict.Stopped;
                        return path.WithCommandLineAdvice(pokeTarget);
                    });
                var printed = options.Write(
                    parsed,
                    paths,
                    ModelJson.Default.XenEventPath,
                    (shown, isWide) => PathOutput.Write(shown, isWide, pokeTarget));
                if (printed == 0 && query.Ports.Count == 0)
                    observer.Warn(
                        new QueryWarning(
                            null,
                            XenErrorId.EventChannelNotFound,
                            $"No channel of {target.DisplayName} was tested: no event is known to wait in the selected domains."));
                return isStopped ? ExitStatus.FaultFound : printed > 0 ? ExitStatus.Done : ExitStatus.NothingMatched;
            }));
        return command;
    }
}
