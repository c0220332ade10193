using System.Runtime.ExceptionServices;
using XenShared.Cli.Output;
using XenShared.Poking;

namespace XenShared.Cli.Execution;

/// <summary>Asks on the terminal before each change, and prints what was done.</summary>
internal sealed class PokeConsole(bool yes, bool whatIf, bool json) : IPokeObserver
{
    // What kept a change from being printed first.
    private ExceptionDispatchInfo? _outputError;

    /// <summary>Gets how many changes were made, or would have been.</summary>
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

    /// <summary>Throws what kept a change from being printed. It did not keep the change from being made.</summary>
    /// <exception cref="IOException">The output cannot be written.</exception>
    public void ThrowIfNotPrinted() => _outputError?.Throw();

    private bool Prompt(PokeProposal proposal)
    {
        var text = TextFormat.Plain($"{proposal.Subject}: {proposal.Text}");
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
                $"Nobody can be asked about {proposal.Subject}; say --yes to have it done, or --what-if to see what it would be.");
        Console.Error.Write($"{text}{Environment.NewLine}Do it? [y/N] ");
        return new InputLines(Console.In, "Standard input").ReadLine()?.Trim() is "y" or "Y" or "yes";
    }

    // This comes between two writes of a sequence, and an output that fails must not end it there.
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
