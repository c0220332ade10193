using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>Creates the records of intended and made pokes.</summary>
/// <param name="target">The host.</param>
internal sealed class PokeIntents(IXenDataSource target)
{
    /// <summary>Creates the record of an event.</summary>
    public XenPoke ForEvent(PokeContext situation, uint port) =>
        Create(situation, PokeField.Event, $"event[port {PokeSteps.Number(port)}]", PokeAction.Send, port, null);

    /// <summary>Creates the record of an intended step.</summary>
    /// <param name="situation">The state of the guest.</param>
    /// <param name="step">The step.</param>
    /// <param name="forced">The overridden violations.</param>
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
    /// <param name="found">The bits before.</param>
    public static XenPoke Made(XenPoke intent, PokeStep step, ulong found) =>
        intent with { PokedAt = TimeProvider.System.GetUtcNow(), Before = step.Plain(found), After = step.Plain(step.Value) };

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
