using System.Runtime.ExceptionServices;
using XenShared.Cli.Output;
using XenShared.Poking;

namespace XenShared.Cli.Execution;

/// <summary>Prompts on the terminal before each change, and prints each write. A change can consist of several writes.</summary>
internal sealed class PokeConsole(bool yes, bool whatIf, bool json, bool verbose) : IPokeObserver
{
    // The first error that occurred while printing; null if there was none. It is thrown only after all writes of the change are done.
    private ExceptionDispatchInfo? _outputError;

    /// <summary>Gets the number of writes that were made or, with --what-if, of the changes that were only shown.</summary>
    public int Count { get; private set; }

    public bool Confirm(PokeProposal proposal)
    {
        Termination.EndWrite();
        ThrowIfNotPrinted();
        if (!Prompt(proposal)) return false;
        Termination.BeginWrite();
        return true;
    }

    public void Done(XenPoke poke)
    {
        Count++;
        Print(() =>
        {
            if (json) Console.Out.WriteLine(PokeLine.Serialize(poke));
            else Console.Out.WriteLine(TextFormat.Plain($"domain {poke.DomId}: {poke.Field}: {Change(poke)}"));
        });
    }

    public void Warn(string message) => Print(() => Console.Error.WriteLine($"warning: {TextFormat.Plain(message)}"));

    /// <summary>Throws the first error of printing, if there was one. The writes were made nevertheless.</summary>
    /// <exception cref="IOException">The output cannot be written.</exception>
    public void ThrowIfNotPrinted() => _outputError?.Throw();

    private bool Prompt(PokeProposal proposal)
    {
        var text = TextFormat.Plain(proposal.Text);
        if (verbose)
        {
            foreach (var detail in proposal.Details) Console.Error.WriteLine(TextFormat.Plain(detail));
        }
        if (whatIf)
        {
            Console.Error.WriteLine($"What if: {text}");
            Count++;
            return false;
        }
        if (yes) return true;
        if (Console.IsInputRedirected)
            throw new XenException(
                XenErrorId.PokeRefused,
                $"Standard input is not a terminal, so nobody can confirm the change to {proposal.Subject}",
                "use --yes to make the change, or --what-if to show it");
        Console.Error.Write($"{text}{Environment.NewLine}Do it? [y/N] ");
        return new InputLines(Console.In, "Standard input").ReadLine()?.Trim() is "y" or "Y" or "yes";
    }

    // Prints a message. This method can run between two writes of one change. An error of printing must not leave the change incomplete, so
    // the error is stored here and thrown after the change.
    private void Print(Action print)
    {
        try
        {
            print();
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            _outputError ??= ExceptionDispatchInfo.Capture(error);
        }
    }

    private static string Change(XenPoke poke) =>
        poke.Action == PokeAction.Send ? "sent" : $"{TextFormat.Hex(poke.Before)} -> {TextFormat.Hex(poke.After)}";
}
