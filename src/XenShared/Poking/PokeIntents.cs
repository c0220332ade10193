using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>Creates the records (<see cref="XenPoke"/>) of intended and made pokes, and the proposals that need confirmation.</summary>
/// <param name="target">The host.</param>
internal sealed class PokeIntents(IXenDataSource target)
{
    /// <summary>Creates the record of an event.</summary>
    public XenPoke ForEvent(PokeContext situation, uint port) =>
        Create(situation, PokeField.Event, $"event[port {PokeSteps.Number(port)}]", PokeAction.Send, port, null);

    /// <summary>Creates the record of an intended step.</summary>
    /// <param name="situation">The state of the guest.</param>
    /// <param name="step">The step.</param>
    /// <param name="forced">The violations of guards that force has overridden, as text.</param>
    /// <param name="undone">The poke that the step undoes; null for none.</param>
    public XenPoke ForStep(PokeContext situation, PokeStep step, string[] forced, XenPoke? undone) =>
        Create(situation, step.Kind, step.Field, step.Action, step.Port, step.Vcpu) with
        {
            Outcome = PokeOutcome.Intended,
            Before = step.Plain(step.Seen),
            After = step.Plain(step.Value),
            Frame = step.Frame,
            Offset = step.Offset,
            Width = step.Width,
            Bits = step.Bits,
            Forced = forced,
            Undoes = undone?.Id,
        };

    /// <summary>Creates the record of a step that was made.</summary>
    /// <param name="intent">The record of the intended step.</param>
    /// <param name="step">The step.</param>
    /// <param name="found">The value of the step's bits before the write, at their position in the field.</param>
    public static XenPoke Made(XenPoke intent, PokeStep step, ulong found) =>
        intent with { PokedAt = TimeProvider.System.GetUtcNow(), Before = step.Plain(found), After = step.Plain(step.Value) };

    /// <summary>Creates the proposal of steps, and of the event after them if there is one.</summary>
    /// <param name="situation">The state of the guest.</param>
    /// <param name="steps">The steps.</param>
    /// <param name="intents">Their records.</param>
    /// <param name="followedBy">The event to send after them; null for none.</param>
    public PokeProposal Propose(
        PokeContext situation,
        IReadOnlyList<PokeStep> steps,
        IReadOnlyList<XenPoke> intents,
        (uint Port, uint LocalPort)? followedBy)
    {
        var devices = situation.ReadDevices();
        var proposal = new PokeProposal(
            situation.DomId,
            situation.Guest.Name,
            [.. steps.Select(step => PokeText.Describe(step, step.Port is { } port ? devices.Find(port) : null))])
        {
            Details = [.. steps.Select(step => step.Describe())],
            Intents = intents,
        };
        return followedBy is not { } sent
            ? proposal
            : proposal with
            {
                Changes = [.. proposal.Changes, PokeText.DescribeSend(sent.Port, devices.Find(sent.Port))],
                Details = [.. proposal.Details, DescribeSend(sent.Port, sent.LocalPort)],
                Intents = [.. intents, ForEvent(situation, sent.Port) with { Outcome = PokeOutcome.Intended }],
            };
    }

    /// <summary>Creates the proposal of an event.</summary>
    public static PokeProposal ProposeEvent(PokeContext situation, uint port, uint localPort, XenPoke intent)
    {
        var text = PokeText.DescribeSend(port, situation.ReadDevices().Find(port));
        return new PokeProposal(situation.DomId, situation.Guest.Name, [text])
        {
            Details = [DescribeSend(port, localPort)],
            Intents = [intent],
        };
    }

    private static string DescribeSend(uint port, uint localPort) =>
        $"event on port {PokeSteps.Number(port)}, sent on the control domain's port {PokeSteps.Number(localPort)}";

    private XenPoke Create(PokeContext situation, PokeField kind, string name, PokeAction action, uint? port, int? vcpu) => new()
    {
        DomId = situation.DomId,
        DomainUuid = situation.Guest.Domain.Uuid ?? Guid.Empty,
        DomainName = situation.Guest.Name,
        DomainStartTime = situation.StartTime,
        Kind = kind,
        Field = name,
        Action = action,
        Port = port,
        Vcpu = vcpu,
        HostName = target.Host.HostName,
    };
}
