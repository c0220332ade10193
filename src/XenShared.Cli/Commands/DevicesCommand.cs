using System.CommandLine;
using XenShared.Cli.Execution;
using XenShared.Cli.Options;
using XenShared.Cli.Output;
using XenShared.Queries;

namespace XenShared.Cli.Commands;

internal static class DevicesCommand
{
    public static Command Create()
    {
        var command = new Command("devices", "List paravirtual devices, with the states of both ends.");
        var options = new QueryOptions(command);
        var kinds = new Option<string[]>("--kind")
        {
            Description = "Only devices of these kinds, such as vif or vbd.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "KIND",
        };
        kinds.CompletionSources.Add(_ => DeviceQuery.CommonKinds.Select(kind => new System.CommandLine.Completions.CompletionItem(kind)));
        var ports = new Option<uint[]>("--port")
        {
            Description = "Only devices that use one of these ports.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "N",
        };
        command.Options.Add(kinds.Text());
        command.Options.Add(ports.Range(0u, uint.MaxValue));
        QueryRun.SetAction(command, options, (parsed, target, observer, cancellation) =>
        {
            var query = new DeviceQuery(target, observer)
            {
                Kinds = parsed.GetValue(kinds) ?? [],
                Ports = parsed.GetValue(ports) ?? [],
            };
            var devices = query.Run(options.Selection(parsed), cancellation);
            return options.Write(parsed, devices, ModelJson.Default.XenDevice, DeviceTable.Write);
        });
        return command;
    }
}
