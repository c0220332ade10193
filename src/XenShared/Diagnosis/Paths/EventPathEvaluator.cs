namespace XenShared.Diagnosis.Paths;

/// <summary>
/// Finds the link of a path that stops an event. It reads nothing itself: the result depends on <see cref="EventPathFacts"/> alone. A busy
/// guest changes bits often, so a bit stops events only if every read shows it in this state. A value that is not known stops nothing.
/// </summary>
internal static class EventPathEvaluator
{
    // If one of these links stops events, no event can pass. So the link is reported even if no event waits.
    private static readonly EventPathLink[] s_always =
        [EventPathLink.Domain, EventPathLink.Vcpu, EventPathLink.Channel, EventPathLink.Callback];

    /// <summary>Evaluates the path of a port's events.</summary>
    public static EventPathFinding Evaluate(EventPathFacts facts)
    {
        var steps = EventPathSteps.Create(facts, out var needsSeries);
        var finding = Evaluate(facts, steps);
        // If the event stops at a link other than Apic and Execution, further reads of the vCPU cannot change the result.
        return finding with
        {
            NeedsSeries = needsSeries && finding.StopsAt is (null or EventPathLink.Apic or EventPathLink.Execution),
        };
    }

    private static EventPathFinding Evaluate(EventPathFacts facts, IReadOnlyList<XenEventPathStep> steps)
    {
        var name = Name(facts.Channel);
        if (Array.ConvertAll(s_always, Find).FirstOrDefault(IsStop) is { } always) return Stopped(always);
        var pending = Find(EventPathLink.Pending);
        if (pending.State == EventLinkState.Unknown) return Unknown();
        // True if the event was pending in all reads. Otherwise the guest has handled an event, or none was sent, so the links after the
        // sender are not reported as the link that stops events.
        var isWaiting = facts.Reads.All(read => read.Pending == true);
        // The first link, the sender, is skipped here: an event that waits has already been sent.
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
