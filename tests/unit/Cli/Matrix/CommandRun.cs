using System.CommandLine;
using System.Text;
using XenShared.Cli;
using XenShared.Cli.Execution;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli.Matrix;

/// <summary>
/// Runs commands in this process, so that exceptions are visible and thousands of runs take seconds. No other test may use the console at
/// the same time.
/// </summary>
internal static class CommandRun
{
    // Not a measurement: a run takes milliseconds, or never ends.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    /// <summary>Gets all commands of the program.</summary>
    public static IReadOnlyList<Command> Commands { get; } =
    [.. Program.CreateRootCommand().Subcommands.OrderBy(command => command.Name, StringComparer.Ordinal)];

    /// <summary>Runs a command. Status 2 means that an argument was refused.</summary>
    public static CliResult Run(Command command, params string[] arguments)
    {
        var (output, error, input) = (Console.Out, Console.Error, Console.In);
        using var written = new StringWriter { NewLine = "\n" };
        using var writer = new StringWriter { NewLine = "\n" };
        try
        {
            Console.SetOut(written);
            Console.SetError(writer);
            Console.SetIn(TextReader.Null);
            var status = Run(command, arguments, writer);
            return new CliResult(status, Encoding.UTF8.GetBytes(written.ToString()), writer.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
            Console.SetIn(input);
        }
    }

    private static int Run(Command command, string[] arguments, TextWriter said)
    {
        var parsed = Program.Parse([command.Name, .. arguments]);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) said.WriteLine($"xenshared: {error.Message}");
            return ExitStatus.Usage;
        }
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        var run = Task.Run(() => parsed.Invoke(configuration));
        Assert.True(
            ((IAsyncResult)run).AsyncWaitHandle.WaitOne(s_limit),
            $"{command.Name} {string.Join(' ', arguments)} does not come to an end.");
        return run.GetAwaiter().GetResult();
    }
}
