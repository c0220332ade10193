using System.CommandLine;
using XenShared.Cli.Execution;
using XenShared.Cli.Options;
using XenShared.Cli.Output;
using XenShared.Queries;
using XenShared.Reports;
using XenShared.Reports.Html;

namespace XenShared.Cli.Commands;

internal static class ReportCommand
{
    public static Command Create()
    {
        var command = new Command("report", "Write a readable report about the host to one HTML file.");
        var file = new Argument<string>("FILE") { Description = "The file, or - for standard output." };
        var force = new Option<bool>("--force") { Description = "Replace the file if it exists." };
        command.Arguments.Add(file.Text());
        command.Options.Add(force);
        var options = new QueryOptions(command, withJson: false);
        var sample = new SampleOption(command, VcpuQuery.DefaultSampleTime);
        var source = new SourceOption(command, hypervisor: true, withForce: false);
        QueryRun.SetAction(command, options, (parsed, target, observer, cancellation) =>
        {
            var query = new HostReportQuery(target, observer) { SampleTime = sample.Time(parsed), Source = source.Source(parsed) };
            if (query.Run(options.Selection(parsed), cancellation) is not { } report) return 0;
            return WholeFileOutput.Write(parsed.GetRequiredValue(file), parsed.GetValue(force), stream =>
            {
                HtmlReport.Write(report, stream);
                return report.Domains.Count;
            });
        });
        return command;
    }
}
