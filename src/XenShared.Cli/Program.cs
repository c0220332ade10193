using System.CommandLine;
using XenShared.Cli.Commands;

namespace XenShared.Cli;

internal static class Program
{
    private const string Description = "See the page that every Xen domain shares with the hypervisor, and the event channels around it.";

    public static int Main(string[] arguments)
    {
        var root = new RootCommand(Description)
        {
            DomainsCommand.Create(),
            InfoCommand.Create(),
            VcpusCommand.Create(),
            ChannelsCommand.Create(),
            CaptureCommand.Create(),
            ReportCommand.Create(),
            MetricsCommand.Create(),
            SendCommand.Create(),
            PokeCommand.Create(),
            WatchCommand.Create(),
            FaultsCommand.Create(),
            DemoCommand.Create(),
        };
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) Console.Error.WriteLine($"xenshared: {error.Message}");
            Console.Error.WriteLine("Try 'xenshared --help'.");
            return ExitStatus.Usage;
        }
        return parsed.Invoke();
    }
}
