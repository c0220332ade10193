using System.CommandLine;
using XenShared.Cli.Execution;
using XenShared.Cli.Options;
using XenShared.Cli.Output;
using XenShared.Queries;

namespace XenShared.Cli.Commands;

internal static class InfoCommand
{
    public static Command Create()
    {
        var command = new Command("info", "Show the shared page of domains, decoded.");
        var options = new QueryOptions(command);
        var layout = new Option<GuestLayout?>("--layout") { Description = "Read the page in this layout instead of the deduced one." };
        var sample = new SampleOption(command, TimeSpan.Zero);
        command.Options.Add(layout.Names());
        QueryRun.SetAction(command, options, (parsed, target, observer, cancellation) =>
        {
            var query = new SharedInfoQuery(target, observer) { SampleTime = sample.Time(parsed), Layout = parsed.GetValue(layout) };
            var pages = query.Run(options.Selection(parsed), cancellation);
            return options.Write(parsed, pages, ModelJson.Default.XenSharedInfo, (found, _) => SharedInfoText.Write(found, Console.Out));
        });
        return command;
    }
}
