using System.CommandLine;
using XenShared.Cli.Execution;
using XenShared.Cli.Options;
using XenShared.Cli.Output;
using XenShared.Guests.Locating;
using XenShared.Queries;

namespace XenShared.Cli.Commands;

internal static class ClocksCommand
{
    private const double MaximumSeconds = 3600;

    public static Command Create()
    {
        var command = new Command("clocks", "Show the TSC mode of domains, and the drift and jumps of their clocks against dom0's.");
        var options = new QueryOptions(command);
        var sample = new Option<double>("--sample")
        {
            Description = "Follow the clocks for this long after they were found. Six updates are needed, one a second; 0 reads once.",
            DefaultValueFactory = _ => ClockQuery.DefaultSampleTime.TotalSeconds,
            HelpName = "SECONDS",
        };
        var noPause = new Option<bool>("--no-pause")
        {
            Description = "Do not read the TSC mode: Xen pauses each domain for it, for about 26 us.",
        };
        var force = new Option<bool>("--force")
        {
            Description = "Search a guest's memory even where that fills pages that it has not got yet.",
        };
        command.Options.Add(sample.Range(0, MaximumSeconds));
        command.Options.Add(noPause);
        command.Options.Add(force);
        QueryRun.SetAction(command, options, (parsed, target, observer, cancellation) =>
        {
            var query = new ClockQuery(target, observer)
            {
                SampleTime = TimeSpan.FromSeconds(parsed.GetValue(sample)),
                MayPause = !parsed.GetValue(noPause),
                Locate = new LocatorOptions { Force = parsed.GetValue(force) },
            };
            var clocks = query.Run(options.Selection(parsed), cancellation);
            return options.Write(parsed, clocks, ModelJson.Default.XenClock, ClockTable.Write);
        });
        return command;
    }
}
