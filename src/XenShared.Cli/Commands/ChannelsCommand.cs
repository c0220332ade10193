using System.CommandLine;
using XenShared.Cli.Execution;
using XenShared.Cli.Options;
using XenShared.Cli.Output;
using XenShared.Queries;

namespace XenShared.Cli.Commands;

internal static class ChannelsCommand
{
    public static Command Create()
    {
        var command = new Command("channels", "List event channels, with pending and masked where they are known.");
        var options = new QueryOptions(command);
        var ports = new Option<uint[]>("--port")
        {
            Description = "Only these ports.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "N",
        };
        var states = new Option<ChannelState[]>("--state")
        {
            Description = "Only channels in these states.",
            AllowMultipleArgumentsPerToken = true,
        };
        var pending = new Option<bool>("--pending") { Description = "Only channels that are known to be pending." };
        var masked = new Option<bool>("--masked") { Description = "Only channels that are known to be masked." };
        var unknown = new Option<bool>("--unknown") { Description = "Only channels whose state is not known." };
        var closed = new Option<bool>("--include-closed") { Description = "Closed ports too." };
        foreach (var option in new Option[] { ports.Range(0u, uint.MaxValue), states.Names(), pending, masked, unknown, closed })
            command.Options.Add(option);
        var source = new SourceOption(command, hypervisor: true);
        QueryRun.SetAction(command, options, (parsed, target, observer, cancellation) =>
        {
            var filter = new ChannelFilter
            {
                Ports = parsed.GetValue(ports) ?? [],
                States = parsed.GetValue(states) ?? [],
                Pending = parsed.GetValue(pending),
                Masked = parsed.GetValue(masked),
                Unknown = parsed.GetValue(unknown),
                IncludeClosed = parsed.GetValue(closed),
            };
            var query = new EventChannelQuery(target, observer)
            {
                Filter = filter,
                Source = source.Source(parsed),
                Locate = source.Locate(parsed),
            };
            var channels = StandardStreams.WriteTogether(query.RunInBatches(options.Selection(parsed), cancellation));
            return options.Write(parsed, channels, ModelJson.Default.XenEventChannel, ChannelTable.Write);
        });
        return command;
    }
}
