using System.Text.Json.Serialization;

namespace XenShared.Poking;

/// <summary>Requests to set or clear the event bits of a vCPU's <c>vcpu_info</c>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SetVcpuRequest : PokeRequest
{
    /// <summary>Gets the number of the guest.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets the number of the vCPU.</summary>
    public required int Vcpu { get; init; }

    /// <summary>Gets the new value of the upcall pending byte; null to leave it unchanged.</summary>
    public bool? UpcallPending { get; init; }

    /// <summary>Gets the new value of a PV vCPU's upcall mask; null to leave it unchanged.</summary>
    public bool? UpcallMask { get; init; }

    /// <summary>Gets the new pending selector; null to leave it unchanged.</summary>
    public ulong? PendingSelector { get; init; }

    /// <inheritdoc/>
    public override void Validate()
    {
        if (UpcallPending is null && UpcallMask is null && PendingSelector is null)
            throw PokeSteps.NothingToSet(DomId, $"vCPU {Vcpu}", null);
    }
}
