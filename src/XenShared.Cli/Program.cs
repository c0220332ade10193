using System.CommandLine;
using XenShared.Cli.Commands;
using XenShared.Cli.Execution;
using XenShared.Cli.Output;
using XenShared.Files;

namespace XenShared.Cli;

internal static class Program
{
    private const string Description = "See the page that every Xen domain shares with the hypervisor, and the event channels around it.";

    public static int Main(string[] arguments)
    {
        Termination.Listen(isSuccess: Array.Find(arguments, argument => !argument.StartsWith('-')) == WatchCommand.Name);
        StandardStreams.Use();
        return Termination.Run(() =>
            UnexpectedError.Catch(() => Invoke(arguments), Console.Error, arguments.Contains(UnexpectedError.DebugOption)));
    }

    internal static int Invoke(string[] arguments)
    {
        var parsed = Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) Console.Error.WriteLine($"xenshared: {TextFormat.Line(error.Message)}");
            Console.Error.WriteLine("Try 'xenshared --help'.");
            return ExitStatus.Usage;
        }
        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (IOException error) when (error is not BrokenPipeException)
        {
            // Commands handle their own errors. This is for errors of help and version output.
            return QueryRun.Fail(error);
        }
    }

    /// <summary>Creates the root command with its subcommands.</summary>
    internal static RootCommand CreateRootCommand()
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
        root.Options.Add(
            new Option<bool>(UnexpectedError.DebugOption) { Description = "Show the details of an unexpected error.", Recursive = true });
        return root;
    }

    // A word that begins with @ is an ordinary name, not a response file.
    internal static ParseResult Parse(IReadOnlyList<string> arguments) =>
        CreateRootCommand().Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
}
