using System.CommandLine;
using XenShared.Cli.Execution;
using XenShared.Cli.Options;
using XenShared.Cli.Output;
using XenShared.Queries;

namespace XenShared.Cli.Commands;

internal static class WatchCommand
{
    /// <summary>Specifies the name of the command.</summary>
    public const string Name = "watch";

    public static Command Create()
    {
        var command = new Command(Name, "Sample event channels repeatedly, and print their changes.");
        var options = new QueryOptions(command);
        var ports = new Option<uint[]>("--port")
        {
            Description = "Only these ports.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "N",
        };
        var interval = new Option<int>("--interval")
        {
            Description = "Milliseconds between the starts of two samples.",
            DefaultValueFactory = _ => (int)ChannelWatch.DefaultInterval.TotalMilliseconds,
            HelpName = "MS",
        };
        var count = new Option<int?>("--count") { Description = "The number of samples after the first.", HelpName = "N" };
        var duration = new Option<double?>("--duration") { Description = "How long to watch.", HelpName = "SECONDS" };
        foreach (var option in new Option[]
            {
                ports.Range(0u, uint.MaxValue),
                interval.Range(1, LongestInterval),
                count.Range(1, int.MaxValue),
                duration.Range(MinimumSeconds, MaximumSeconds),
            })
            command.Options.Add(option);
        var source = new SourceOption(command, hypervisor: true);
        QueryRun.SetWatchAction(command, options, (parsed, target, observer, cancellation) =>
        {
            var watch = new ChannelWatch(target, observer)
            {
                Ports = parsed.GetValue(ports) ?? [],
                Source = source.Source(parsed),
                Locate = source.Locate(parsed),
                Interval = TimeSpan.FromMilliseconds(parsed.GetValue(interval)),
                Count = parsed.GetValue(count),
                Duration = parsed.GetValue(duration) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            };
            var changes = watch.Run(options.Selection(parsed), cancellation);
            return options.Write(parsed, changes, ModelJson.Default.XenEventChannelChange, ChangeTable.Write);
        });
        return command;
    }

    // The largest values of --interval (one hour in milliseconds) and --duration (one year in seconds). A larger value is probably meant in
    // another unit, so it is rejected.
    private const int LongestInterval = 3_600_000;
    private const double MaximumSeconds = 366 * 86400;

    // The shortest --duration is as long as the shortest --interval, 1 ms. In a shorter duration, no second sample would be taken.
    private const double MinimumSeconds = 0.001;
}
