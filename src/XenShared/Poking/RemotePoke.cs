using System.Globalization;
using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>
/// Pokes on a host that is reached by SSH. They are judged and done there, by the same code; here they are agreed to, told, and written
/// down.
/// </summary>
internal static class RemotePoke
{
    /// <summary>Does a poke, if the target is such a host.</summary>
    /// <param name="target">The target.</param>
    /// <param name="observer">Agrees, and hears.</param>
    /// <param name="options">How.</param>
    /// <param name="arguments">The command of <c>xenshared</c> and its options.</param>
    /// <param name="undone">The poke that is to be taken back; null for none.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>False when the target is another one, and nothing was done.</returns>
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

    /// <summary>Returns an option whose value cannot be taken for another option.</summary>
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
                // The far end writes when it has the answer; without a log it gets none, and takes that for a no.
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

    // A far end that does not say more than the text of its changes is written down by that text.
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
