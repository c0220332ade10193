using System.Globalization;
using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>Executes pokes on a remote host. The same code checks and writes there; confirmation, output and log are here.</summary>
internal static class RemotePoke
{
    /// <summary>Executes a poke if the target is a remote host.</summary>
    /// <param name="target">The target.</param>
    /// <param name="observer">Confirms the poke, and receives its record.</param>
    /// <param name="options">The options.</param>
    /// <param name="arguments">The command of <c>xenshared</c> and its options.</param>
    /// <param name="undone">The poke to undo; null for none.</param>
    /// <param name="cancellation">Cancels the poke.</param>
    /// <returns>False if the target is not remote, and nothing was done.</returns>
    public static bool TryRun(
        IXenDataSource target,
        IPokeObserver observer,
        PokeOptions options,
        IReadOnlyList<string> arguments,
        XenPoke? undone,
        CancellationToken cancellation)
    {
        if (!target.IsRemote) return false;
        var journal = new PokeJournal(observer, options.LogPath);
        var input = undone is null ? null : PokeLine.Serialize(undone);
        string[] words = options.Force ? [.. arguments, "--force"] : [.. arguments];
        journal.Run(() => target.Exchange(words, input, line => OnMessage(target, observer, journal, line), cancellation));
        return true;
    }

    /// <summary>Returns an option whose value cannot be parsed as another option.</summary>
    public static string Option(string name, IFormattable value) => Option(name, value.ToString(null, CultureInfo.InvariantCulture));

    /// <inheritdoc cref="Option(string, IFormattable)"/>
    public static string Option(string name, string value) => $"--{name}={value}";

    /// <inheritdoc cref="Option(string, IFormattable)"/>
    public static string Option(string name, bool value) => Option(name, value ? "true" : "false");

    private static string? OnMessage(IXenDataSource target, IPokeObserver observer, PokeJournal journal, WireMessage line)
    {
        switch (line)
        {
            case { Kind: WireMessage.Proposal, DomId: { } domId, Changes: { } changes }:
                var proposal = new PokeProposal(domId, line.DomainName, changes);
                proposal = proposal with { Intents = Intents(target, proposal, line.Intents) };
                if (!observer.Confirm(proposal)) return "no";
                // The remote host writes after it has the answer. If the log fails, it gets no answer, which it treats as no.
                journal.Begin(proposal.Intents);
                return "yes";
            case { Kind: WireMessage.Poked, Poke: { } poke } when PokeLine.IsWhole(poke):
                journal.Record(poke);
                break;
            case { Kind: WireMessage.Warning, Message: { } message }:
                journal.Warn(message);
                break;
            default:
                break;
        }
        return null;
    }

    // If the remote host sends only the text of its changes, that text is logged.
    private static IReadOnlyList<XenPoke> Intents(IXenDataSource target, PokeProposal proposal, IReadOnlyList<XenPoke>? intents) =>
        intents is { Count: > 0 } && intents.All(intent => intent is not null && PokeLine.IsWhole(intent))
            ? [.. intents.Select(intent => intent with { Outcome = PokeOutcome.Intended })]
            : [.. proposal.Changes.Select(change => new XenPoke
            {
                DomId = proposal.DomId,
                DomainName = proposal.DomainName,
                Kind = PokeField.Field,
                Field = change ?? "",
                Action = PokeAction.CompareAndSwap,
                Outcome = PokeOutcome.Intended,
                HostName = target.Host.HostName,
            })];
}
