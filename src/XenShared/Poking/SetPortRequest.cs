using System.Text.Json.Serialization;

namespace XenShared.Poking;

/// <summary>Requests to set or clear the mask and pending bits of a port.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SetPortRequest : PokeRequest
{
    /// <summary>Gets the number of the guest.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets the port.</summary>
    public required uint Port { get; init; }

    /// <summary>Gets the new value of the mask bit; null to leave it unchanged.</summary>
    public bool? Masked { get; init; }

    /// <summary>Gets the new value of the pending bit; null to leave it unchanged.</summary>
    public bool? Pending { get; init; }

    /// <inheritdoc/>
    public override void Validate()
    {
        if (Masked is null && Pending is null) throw PokeSteps.NothingToSet(DomId, $"Port {PokeSteps.Number(Port)}", Port);
    }
}
