using System.Globalization;
using XenShared.Cli.Output;
using XenShared.Guests.Memory;
using XenShared.Queries;

namespace XenShared.Cli.Execution;

/// <summary>
/// Puts warnings and errors on standard error, and remembers the exit status they ask for. A person at a terminal sees how far a search is.
/// </summary>
internal sealed class ConsoleObserver : IQueryObserver
{
    // Shorter ones are over before anybody has read it.
    private static readonly TimeSpan s_progressDelay = TimeSpan.FromSeconds(1);

    private int _shown;

    /// <summary>Gets the gravest status so far; done when nothing failed.</summary>
    public int Status { get; private set; }

    public void Warn(QueryWarning warning) => WriteLine($"warning: {TextFormat.Plain(warning.Message)}");

    public void Fail(XenException exception)
    {
        WriteLine($"xenshared: {TextFormat.Plain(exception.Message)}");
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

    /// <summary>Takes the line about a search away again.</summary>
    public void Clear()
    {
        if (_shown > 0) Console.Error.Write($"\r{new string(' ', _shown)}\r");
        _shown = 0;
    }
}
