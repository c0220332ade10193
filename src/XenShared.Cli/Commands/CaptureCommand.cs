using System.CommandLine;
using XenShared.Cli.Execution;
using XenShared.Cli.Options;
using XenShared.Cli.Output;
using XenShared.Guests.Locating;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Cli.Commands;

internal static class CaptureCommand
{
    public static Command Create()
    {
        var command = new Command("capture", "Write all that can be read of the host into a capture file.");
        var file = new Argument<string>("FILE") { Description = "The file, or - for standard output." };
        var force = new Option<bool>("--force") { Description = "Replace the file if it exists." };
        var plain = new Option<bool>("--plain") { Description = "Do not compress." };
        command.Arguments.Add(file.Text());
        var only = new Option<CaptureParts>("--only")
        {
            Description = "Only these parts, with commas between: Domains, Pages, Ports, Devices, EventArrays, VcpuRecords, DebugKey.",
            DefaultValueFactory = _ => CaptureParts.Standard,
            HelpName = "PARTS",
        };
        var again = new Option<bool>("--search-again")
        {
            Description = "Search guests' memory although it was searched in vain a short time ago.",
        };
        var search = new Option<bool>("--force-search")
        {
            Description = "Search a guest's memory even where that fills pages that it has not got yet.",
        };
        var wire = Wire.CreateOption();
        foreach (var option in new Option[] { force, plain, only.Names(), again, search, wire }) command.Options.Add(option);
        var options = new QueryOptions(command, withJson: false);
        var sample = new SampleOption(command, VcpuQuery.DefaultSampleTime);
        QueryRun.SetAction(command, options, wire, (parsed, target, observer, cancellation) =>
        {
            var export = new CaptureExport(target, observer)
            {
                SampleTime = sample.Time(parsed),
                Compress = !parsed.GetValue(plain),
                Parts = parsed.GetValue(only),
                Locate = new LocatorOptions { SearchAgain = parsed.GetValue(again), Force = parsed.GetValue(search) },
            };
            return WholeFileOutput.Write(parsed.GetRequiredValue(file), parsed.GetValue(force), stream =>
                export.Run(options.Selection(parsed), stream, cancellation));
        });
        return command;
    }
}
