using System.Text.Json.Serialization;

namespace XenShared.Poking;

/// <summary>
/// Represents a request to write to a guest. It is executed locally or sent to a remote host, and the audit log contains it.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(SetPortRequest), "setPort")]
[JsonDerivedType(typeof(SetVcpuRequest), "setVcpu")]
[JsonDerivedType(typeof(SetFieldRequest), "setField")]
[JsonDerivedType(typeof(SetWallClockRequest), "setWallClock")]
[JsonDerivedType(typeof(SendEventRequest), "sendEvent")]
[JsonDerivedType(typeof(RepairPortRequest), "repairPort")]
[JsonDerivedType(typeof(UndoPokeRequest), "undoPoke")]
public abstract record PokeRequest
{
    /// <summary>
    /// Gets a value indicating whether guards are overridden, except those that protect other memory than the field. It has no effect on
    /// sending an event, because Xen itself decides.
    /// </summary>
    public bool Force { get; init; }

    /// <summary>Checks everything that can be checked without the guest; by default, nothing can.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeRefused"/>.</exception>
    public virtual void Validate()
    {
    }
}
