using System.Text.Json.Serialization;

namespace XenShared.Poking;

/// <summary>Requests to set a field of a shared page.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SetFieldRequest : PokeRequest
{
    /// <summary>Gets the number of the guest.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets Xen's name of the field.</summary>
    public required string Field { get; init; }

    /// <summary>Gets the new value.</summary>
    public required ulong Value { get; init; }
}
