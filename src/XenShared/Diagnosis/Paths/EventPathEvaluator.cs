namespace XenShared.Diagnosis.Paths;

/// <summary>
/// Finds the link that stops an event. A function of <see cref="EventPathFacts"/>: it reads nothing. It claims a stop only if every read
/// shows it, and never from a value that is not known.
/// </summary>
internal static class EventPathEvaluator
{
    // These links stop every event, whether one waits or not.
    private static readonly EventPathLink[] s_always =
        [EventPathLink.Domain, EventPathLink.Vcpu, EventPathLink.Channel, EventPathLink.Callback];

    /// <summary>Evaluates the path of a port's events.</summary>
    public static EventPathFinding Evaluate(EventPathFacts facts)
    {
        var steps = EventPathSteps.Create(facts);
        var name = Name(facts.Channel);
        if (Array.ConvertAll(s_always, Find).FirstOrDefault(IsStop) is { } always) return Stopped(always);
        var pending = Find(EventPathLink.Pending);
        if (pending.State == EventLinkState.Unknown) return Unknown();
        // An event that was handled between two reads shows that the links after the sender are open.
        var isWaiting = facts.Reads.All(read => read.Pending == true);
        // An event that waits has passed the sender.
        if (isWaiting && steps.Skip(1).FirstOrDefault(IsStop) is { } stop) return Stopped(stop);
        if (Find(EventPathLink.Sender) is var sender && IsStop(sender)) return Stopped(sender);
        if (pending.State == EventLinkState.Idle) return Quiet();
        if (!isWaiting)
            return new(EventPathVerdict.Passing, null, $"Events of {name} are handled: the pending bit was {pending.Evidence}.", steps);
        return steps.Any(step => step.State == EventLinkState.Unknown) ? Unknown() : new(
            EventPathVerdict.Passing,
            null,
            $"No link stops the event of {name}, which was on its way {EventPathText.InReads(facts.Reads)}; a busy channel looks the same.",
            steps);

        XenEventPathStep Find(EventPathLink link) => steps.First(step => step.Link == link);

        EventPathFinding Stopped(XenEventPathStep step) =>
            new(EventPathVerdict.Stopped, step.Link, $"Events of {name} stop at {EventPathText.Name(step.Link)}: {step.Evidence}.", steps);

        EventPathFinding Unknown()
        {
            var first = steps.First(step => step.State == EventLinkState.Unknown);
            return new(
                EventPathVerdict.Unknown,
                null,
                $"Whether events of {name} get beyond {EventPathText.Name(first.Link)} is not known: {first.Evidence}.",
                steps);
        }

        EventPathFinding Quiet()
        {
            var next = steps.FirstOrDefault(step => IsStop(step) && step.Link != EventPathLink.Sender);
            return new(
                EventPathVerdict.Quiet,
                null,
                (Find(EventPathLink.Channel).State == EventLinkState.Unknown
                    ? $"No event waits on {name}. Whether its channel is open is not known."
                    : $"No event waits on {name}, and its channel is open.")
                    + (next is null ? "" : $" The next one would wait at {EventPathText.Name(next.Link)}: {next.Evidence}."),
                steps);
        }
    }

    private static bool IsStop(XenEventPathStep step) => step.State == EventLinkState.Stops;

    private static string Name(XenEventChannel channel) =>
        FormattableString.Invariant($"port {channel.Port}")
        + (channel.Device is { } device ? $" ({device})" : channel.Virq is { } virq ? $" ({virq})" : "");
}
