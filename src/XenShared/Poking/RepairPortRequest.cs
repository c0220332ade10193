using System.Text.Json.Serialization;

namespace XenShared.Poking;

/// <summary>Requests to make a guest handle the event that is stuck on a port.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RepairPortRequest : PokeRequest
{
    /// <summary>The time in which the guest must handle the event, in seconds, if none is given.</summary>
    public const int DefaultTimeoutSeconds = 5;

    /// <summary>The longest time that can be given, in seconds.</summary>
    public const int MaximumTimeoutSeconds = 3600;

    /// <summary>Gets the number of the guest.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets the port.</summary>
    public required uint Port { get; init; }

    /// <summary>
    /// Gets a value indicating whether the port, and channels that must be repaired first, may be unmasked. If not, the repair of a masked
    /// port is refused, because the guest may have masked it on purpose.
    /// </summary>
    public bool Unmask { get; init; }

    /// <summary>Gets the maximum time in which the guest must handle the event.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(DefaultTimeoutSeconds);

    /// <inheritdoc/>
    public override void Validate()
    {
        if (Timeout >= TimeSpan.Zero && Timeout <= TimeSpan.FromSeconds(MaximumTimeoutSeconds)) return;
        throw PokeSteps.Refusal(
            DomId,
            $"Port {PokeSteps.Number(Port)}",
            Port,
            new GuardViolation(
                PokeGuard.Delivery,
                "the time in which the guest must handle the event is negative or longer than an hour",
                "give a time of up to an hour",
                CanForce: false));
    }
}
