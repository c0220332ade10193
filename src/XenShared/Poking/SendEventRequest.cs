using System.Text.Json.Serialization;

namespace XenShared.Poking;

/// <summary>Requests to send a real event to a port.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SendEventRequest : PokeRequest
{
    /// <summary>Gets the number of the guest.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets the port of the guest.</summary>
    public required uint Port { get; init; }
}
