using System.CommandLine;
using XenShared.Cli.Execution;
using XenShared.Cli.Options;
using XenShared.Cli.Output;
using XenShared.Queries;

namespace XenShared.Cli.Commands;

internal static class DomainsCommand
{
    public static Command Create()
    {
        var command = new Command("domains", "List the domains, and what is deduced about each.");
        var options = new QueryOptions(command);
        QueryRun.SetAction(command, options, (parsed, target, observer, cancellation) =>
        {
            var domains = new DomainQuery(target, observer).Run(options.Selection(parsed), cancellation);
            return options.Write(parsed, domains, ModelJson.Default.XenDomain, DomainTable.Write);
        });
        return command;
    }
}
