using XenShared.Cli.Output;
using XenShared.Files;

namespace XenShared.Cli.Execution;

/// <summary>Handles unexpected errors: one line on standard error and a separate exit status.</summary>
internal static class UnexpectedError
{
    /// <summary>Specifies the option that adds the stack trace to an unexpected error.</summary>
    public const string DebugOption = "--debug";

    /// <summary>Runs <paramref name="work"/>, which returns an exit status, and handles every exception.</summary>
    /// <param name="work">The work.</param>
    /// <param name="output">The writer for the error.</param>
    /// <param name="withDetails">Whether to write the stack trace.</param>
    /// <returns>The exit status.</returns>
    public static int Catch(Func<int> work, TextWriter output, bool withDetails)
    {
        try
        {
            return work();
        }
        catch (OperationCanceledException) when (Termination.Token.IsCancellationRequested)
        {
            return Termination.Status;
        }
        catch (BrokenPipeException)
        {
            return Termination.BrokenPipeStatus;
        }
        catch (Exception error)
        {
            Write(error, output, withDetails);
            return ExitStatus.Unexpected;
        }
    }

    private static void Write(Exception error, TextWriter output, bool withDetails)
    {
        var details = withDetails ? "" : $" Show details with {DebugOption}.";
        try
        {
            output.WriteLine(
                TextFormat.Line(
                    $"xenshared: unexpected error, which is a fault of xenshared itself: {error.GetType().Name}: "
                        + $"{error.Message.TrimEnd('.')}.{details}"));
            if (!withDetails)
                return;
            foreach (var line in error.ToString().Split('\n'))
                output.WriteLine(TextFormat.Plain(line.TrimEnd('\r')));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Standard error cannot be written, so only the exit status reports the error.
        }
    }
}
