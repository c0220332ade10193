using System.CommandLine;
using XenShared.Cli.Execution;
using XenShared.Cli.Options;
using XenShared.Cli.Output;
using XenShared.Diagnosis;
using XenShared.Guests.Locating;
using XenShared.Hypervisor;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Cli.Commands;

internal static class CaptureCommand
{
    public static Command Create()
    {
        var command = new Command("capture", "Write everything that can be read from the host to a capture file.");
        var file = new Argument<string>("FILE") { Description = "The file, or - for standard output." };
        var force = new Option<bool>("--force") { Description = "Replace the file if it exists." };
        var plain = new Option<bool>("--plain") { Description = "Do not compress." };
        command.Arguments.Add(file.Text());
        var only = new Option<CaptureParts>("--only")
        {
            Description = "Only these parts, separated by commas: Domains, Pages, Ports, Devices, EventArrays, VcpuRecords, "
                + "DeviceStates, MappingProcesses, DebugKey, VcpuContexts, P2m.",
            DefaultValueFactory = _ => CaptureParts.Standard,
            HelpName = "PARTS",
        };
        var again = new Option<bool>("--search-again")
        {
            Description = "Search guest memory again, even if a recent search found nothing.",
        };
        var search = new Option<bool>("--force-search")
        {
            Description = "Search guest memory even if the search makes Xen populate pages that the guest does not have yet.",
        };
        var contexts = new Option<bool>("--include-vcpu-context")
        {
            Description = "Write the processor state of each vCPU too, in three reads, so that 'xenshared path' can test paths from the "
                + "file. The reads start at least one second apart. The states of a domain are read 20 times more if one of its vCPUs may "
                + "hang. Xen pauses each vCPU for microseconds at each read.",
        };
        var firstP2mPage = new Option<ulong>("--first-p2m-page")
        {
            Description = "The index of the first page of the P2M tables.",
            Hidden = true,
        };
        var p2mPages = new Option<ulong?>("--p2m-pages") { Description = "The number of pages of the P2M tables.", Hidden = true };
        var wire = Wire.CreateOption();
        foreach (var option in new Option[]
            {
                force, plain, only.Names(), contexts, again, search, firstP2mPage.Range(0UL, P2mPages.MaximumEntries),
                p2mPages.Range(1UL, P2mPages.MaximumEntries), wire,
            })
            command.Options.Add(option);
        var options = new QueryOptions(command, withJson: false);
        var sample = new SampleOption(command, VcpuQuery.DefaultSampleTime);
        QueryRun.SetAction(command, options, wire, (parsed, target, observer, cancellation) =>
        {
            var export = new CaptureExport(target, observer)
            {
                SampleTime = sample.Time(parsed),
                Compress = !parsed.GetValue(plain),
                Parts = parsed.GetValue(only) | (parsed.GetValue(contexts) ? CaptureParts.VcpuContexts : CaptureParts.Domains),
                ReadCount = parsed.GetValue(contexts) ? EventPathQuery.ReadCount : 1,
                FirstP2mPage = parsed.GetValue(firstP2mPage),
                P2mPageCount = parsed.GetValue(p2mPages) ?? CaptureExport.StandardP2mPageCount,
                Locate = new LocatorOptions { SearchAgain = parsed.GetValue(again), Force = parsed.GetValue(search) },
            };
            return WholeFileOutput.Write(parsed.GetRequiredValue(file), parsed.GetValue(force), stream =>
                export.Run(options.Selection(parsed), stream, cancellation));
        });
        return command;
    }
}
