using System.Text.Json.Serialization;

namespace XenShared.Poking;

/// <summary>Requests to undo a poke.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record UndoPokeRequest : PokeRequest
{
    /// <summary>Gets the record of the poke to undo. It can come from a file, so it is checked against the domain.</summary>
    public required XenPoke Poke { get; init; }

    /// <inheritdoc/>
    public override void Validate() => PokeRecords.CheckForm(Poke);
}
