using System.Globalization;
using XenShared.Cli.Output;
using XenShared.Guests.Memory;
using XenShared.Queries;

namespace XenShared.Cli.Execution;

/// <summary>
/// Writes warnings and errors to standard error, and keeps the exit status that results from them. On a terminal, it also shows the
/// progress of searches.
/// </summary>
internal sealed class ConsoleObserver : IQueryObserver
{
    // The progress is shown only after a search has taken this long. A shorter search would end before a user could read the line.
    private static readonly TimeSpan s_progressDelay = TimeSpan.FromSeconds(1);

    private int _shown;

    /// <summary>Gets the highest exit status of the errors so far; Done if there was none.</summary>
    public int Status { get; private set; }

    public void Warn(QueryWarning warning) => WriteLine($"warning: {TextFormat.Plain(warning.Message)}");

    public void Fail(XenException exception)
    {
        var message = exception.Id == XenErrorId.PokeRefused ? XenException.NameForce(exception.Message, "--force") : exception.Message;
        WriteLine($"xenshared: {TextFormat.Plain(message)}");
        Status = Math.Max(Status, ExitStatus.From(exception.Id));
    }

    public void Report(ScanProgress progress)
    {
        if (Console.IsErrorRedirected || progress.Elapsed < s_progressDelay)
            return;
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"searching the memory of domain {progress.DomId}: {100.0 * progress.Done / progress.Total:0} %, {progress.Rate:N0} pages/s, "
                + $"{progress.Remaining?.TotalSeconds:0} s left");
        Console.Error.Write($"\r{text.PadRight(_shown)}");
        _shown = text.Length;
    }

    private void WriteLine(string text)
    {
        Clear();
        Console.Error.WriteLine(text);
    }

    /// <summary>Clears the progress line.</summary>
    public void Clear()
    {
        if (_shown > 0) Console.Error.Write($"\r{new string(' ', _shown)}\r");
        _shown = 0;
    }
}
