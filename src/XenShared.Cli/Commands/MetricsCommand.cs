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
        var clocks = new Option<double>("--clocks")
        {
            Description = "Also follow the clocks for this long, without pausing a domain, and write their drift; 0: do not.",
            DefaultValueFactory = _ => 0,
            HelpName = "SECONDS",
        };
        command.Options.Add(output.Text());
        command.Options.Add(clocks.Range(0, SampleOption.MaximumSeconds));
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
            if (parsed.GetValue(clocks) is > 0 and var seconds)
            {
                var clockQuery = new ClockQuery(target, observer)
                {
                    SampleTime = TimeSpan.FromSeconds(seconds),
                    MayPause = false,
                    Locate = source.Locate(parsed),
                };
                foreach (var clock in clockQuery.Run(options.Selection(parsed), cancellation)) metrics.Add(clock);
            }
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
