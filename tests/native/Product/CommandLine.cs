using System.Runtime.ExceptionServices;

namespace XenShared.Native.Tests.Product;

/// <summary>Runs the command line in this process, which takes a hundredth of the time of a separate process.</summary>
internal static class CommandLine
{
    private static HashSet<string>? s_exceptions;

    static CommandLine() => AppDomain.CurrentDomain.FirstChanceException += Note;

    /// <summary>
    /// Runs a command without standard input. An exception is not caught; the program itself would end with "an unexpected error".
    /// </summary>
    public static CommandRun Run(params string[] arguments)
    {
        var (output, error, input) = (Console.Out, Console.Error, Console.In);
        using var printed = new StringWriter();
        using var complained = new StringWriter();
        HashSet<string> exceptions = [];
        try
        {
            Console.SetOut(printed);
            Console.SetError(complained);
            Console.SetIn(TextReader.Null);
            s_exceptions = exceptions;
            return new CommandRun(Cli.Program.Invoke(arguments), printed.ToString(), complained.ToString(), exceptions);
        }
        finally
        {
            s_exceptions = null;
            Console.SetOut(output);
            Console.SetError(error);
            Console.SetIn(input);
        }
    }

    /// <summary>Returns the names of all commands.</summary>
    public static IReadOnlyList<string> Names() => [.. Cli.Program.CreateRootCommand().Subcommands.Select(command => command.Name)];

    private static void Note(object? sender, FirstChanceExceptionEventArgs thrown) =>
        s_exceptions?.Add(thrown.Exception.GetType().FullName!);
}
