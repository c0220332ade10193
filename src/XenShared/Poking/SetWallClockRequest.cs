using System.Globalization;
using System.Text.Json.Serialization;

namespace XenShared.Poking;

/// <summary>Requests to set the wall clock of a shared page.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SetWallClockRequest : PokeRequest
{
    /// <summary>Gets the number of the guest.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets the new wall clock: the time at which Xen's system time was 0.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <inheritdoc/>
    public override void Validate()
    {
        if (VersionedClock.ToNanoseconds(Time) is not null) return;
        throw PokeSteps.Refusal(
            DomId,
            "The wall clock",
            null,
            new GuardViolation(
                PokeGuard.InsideStructure,
                $"the clock holds times from the start of 1970 to July 2554, and "
                    + $"{Time.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)} is not one of them",
                "give a time that it can hold",
                CanForce: false));
    }
}
