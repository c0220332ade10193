using System.CommandLine;
using XenShared.Cli.Execution;
using XenShared.Cli.Options;
using XenShared.Cli.Output;
using XenShared.Queries;

namespace XenShared.Cli.Commands;

internal static class VcpusCommand
{
    public static Command Create()
    {
        var command = new Command("vcpus", "Show what each vCPU shares with Xen, and whether it is live.");
        var options = new QueryOptions(command);
        var vcpus = new Option<int[]>("--vcpu")
        {
            Description = "Only these vCPUs.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "N",
        };
        var sample = new SampleOption(command, VcpuQuery.DefaultSampleTime);
        command.Options.Add(vcpus.Range(0, int.MaxValue));
        var source = new SourceOption(command, hypervisor: false);
        QueryRun.SetAction(command, options, (parsed, target, observer, cancellation) =>
        {
            var query = new VcpuQuery(target, observer)
            {
                SampleTime = sample.Time(parsed),
                Vcpus = parsed.GetValue(vcpus) ?? [],
                Source = source.Source(parsed),
                Locate = source.Locate(parsed),
            };
            var records = query.Run(options.Selection(parsed), cancellation);
            return options.Write(parsed, records, ModelJson.Default.XenVcpuInfo, VcpuTable.Write);
        });
        return command;
    }
}
