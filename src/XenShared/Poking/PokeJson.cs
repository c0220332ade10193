using System.Text.Json.Serialization;

namespace XenShared.Poking;

/// <summary>Serializes requests and pokes, for the audit log and a remote host.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
[JsonSerializable(typeof(PokeRequest))]
[JsonSerializable(typeof(XenPoke))]
internal sealed partial class PokeJson : JsonSerializerContext;
