using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
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
        if (parsed.Errors.Count > 0) return ReportUsageErrors(parsed);
        try
        {
            // Commands write to the console themselves, so only help and version are written to this writer. They contain the name of the
            // executable file. In a working tree this is XenShared.Cli, so it is replaced by xenshared.
            using var help = new StringWriter();
            var status = parsed.Invoke(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = help });
            Console.Out.Write(help.ToString().Replace(RootCommand.ExecutableName, "xenshared", StringComparison.Ordinal));
            return status;
        }
        catch (IOException error) when (error is not BrokenPipeException)
        {
            // Commands handle their own errors, so this error occurred while help or version was written.
            return QueryRun.Fail(error);
        }
    }

    private static int ReportUsageErrors(ParseResult parsed)
    {
        foreach (var error in parsed.Errors) Console.Error.WriteLine($"xenshared: {TextFormat.Line(error.Message)}");
        foreach (var name in SimilarNames(parsed)) Console.Error.WriteLine($"xenshared: Did you mean '{TextFormat.Line(name)}'?");
        Console.Error.WriteLine("Try 'xenshared --help'.");
        return ExitStatus.Usage;
    }

    // Returns the known names that are similar to unknown words on the command line. System.CommandLine prints a sentence for each unknown
    // word, and each similar name in a line below it. Only these names are lines without spaces.
    private static IEnumerable<string> SimilarNames(ParseResult parsed)
    {
        if (parsed.Action is not ParseErrorAction action) return [];
        action.ShowHelp = false;
        using var output = new StringWriter();
        parsed.Invoke(new InvocationConfiguration { Output = output, Error = TextWriter.Null });
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => !line.Contains(' '));
    }

    /// <summary>Creates the root command with its subcommands.</summary>
    internal static RootCommand CreateRootCommand()
    {
        var root = new RootCommand(Description)
        {
            DomainsCommand.Create(),
            InfoCommand.Create(),
            VcpusCommand.Create(),
            ClocksCommand.Create(),
            ChannelsCommand.Create(),
            DevicesCommand.Create(),
            CaptureCommand.Create(),
            ReportCommand.Create(),
            MetricsCommand.Create(),
            SendCommand.Create(),
            PokeCommand.Create(),
            WatchCommand.Create(),
            FaultsCommand.Create(),
            PathCommand.Create(),
            DemoCommand.Create(),
        };
        root.SetAction(new HelpAction().Invoke);
        root.Options.Add(
            new Option<bool>(UnexpectedError.DebugOption) { Description = "Show the details of an unexpected error.", Recursive = true });
        return root;
    }

    // By default, System.CommandLine would take a word that begins with @ as the name of a file with further arguments. Here such a word is
    // an ordinary name, so this replacement is turned off.
    internal static ParseResult Parse(IReadOnlyList<string> arguments) =>
        CreateRootCommand().Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
}
