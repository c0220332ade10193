using System.CommandLine;
using System.Text;
using XenShared.Cli.Execution;
using XenShared.Cli.Options;
using XenShared.Cli.Output;
using XenShared.Queries;
using XenShared.Reports;
using XenShared.Reports.Metrics;

namespace XenShared.Cli.Commands;

internal static class MetricsCommand
{
    public static Command Create()
    {
        var command = new Command("metrics", "Print metrics as OpenMetrics text, for the textfile collector of Prometheus' node exporter.");
        var output = new Option<string>("--output", "-o")
        {
            Description = "The file, which is replaced in one step; - for standard output.",
            DefaultValueFactory = _ => "-",
            HelpName = "FILE",
        };
        command.Options.Add(output.Text());
        var options = new QueryOptions(command, withJson: false);
        var sample = new SampleOption(command, VcpuQuery.DefaultSampleTime);
        var source = new SourceOption(command, hypervisor: true);
        QueryRun.SetAction(command, options, (parsed, target, observer, cancellation) =>
        {
            var start = TimeProvider.System.GetTimestamp();
            var query = new HostReportQuery(target, observer)
            {
                SampleTime = sample.Time(parsed),
                Source = source.Source(parsed),
                Locate = source.Locate(parsed),
            };
            if (query.Run(options.Selection(parsed), cancellation) is not { } report)
                return 0;
            var metrics = new XenMetrics();
            metrics.Add(report);
            metrics.SetControlClock(target.Host.HostName, report.ControlClock);
            metrics.SetCost(TimeProvider.System.GetElapsedTime(start));
            // The program that collects the metrics runs as another user, so all users may read the file.
            return WholeFileOutput.Write(parsed.GetRequiredValue(output), overwrite: true, Write, isForAll: true);

            int Write(Stream stream)
            {
                using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true)
                {
                    NewLine = "\n",
                };
                foreach (var line in metrics.Lines())
                    writer.WriteLine(line);
                return report.Domains.Count;
            }
        });
        return command;
    }
}
