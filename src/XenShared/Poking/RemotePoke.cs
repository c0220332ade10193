using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>
/// Executes requests on a remote host. The <c>xenshared</c> there checks and writes; this program requests confirmation, shows the pokes
/// and writes the audit log.
/// </summary>
internal static class RemotePoke
{
    /// <summary>Sends a request to the remote host and waits until it is executed.</summary>
    /// <param name="target">The remote host.</param>
    /// <param name="observer">Confirms the pokes, and receives their records.</param>
    /// <param name="logPath">The audit log; null for none.</param>
    /// <param name="request">The request.</param>
    /// <param name="cancellation">Cancels the request.</param>
    public static void Run(
        IXenDataSource target,
        IPokeObserver observer,
        string? logPath,
        PokeRequest request,
        CancellationToken cancellation)
    {
        var journal = new PokeJournal(observer, request, logPath);
        var line = PokeRequestLine.Serialize(request);
        journal.Run(() => target.Exchange(line, message => OnMessage(target, observer, journal, message), cancellation));
    }

    private static string? OnMessage(IXenDataSource target, IPokeObserver observer, PokeJournal journal, WireMessage line)
    {
        switch (line)
        {
            case { Kind: WireMessage.Proposal, DomId: { } domId, Changes: { } changes }:
                var proposal = new PokeProposal(domId, line.DomainName, changes);
                proposal = proposal with
                {
                    Details = [.. (line.Details ?? []).Select(detail => detail ?? "")],
                    Intents = Intents(target, proposal, line.Intents),
                };
                if (!observer.Confirm(proposal)) return "no";
                // The remote host writes only after the answer "yes". If the intents cannot be logged here, an exception is thrown and no
                // answer is sent, which the remote host treats as "no".
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

    // Returns the intents for the audit log. If the remote host did not send complete ones, an intent is created for each proposed change.
    // Its Field then contains the text of the change instead of a field name.
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
