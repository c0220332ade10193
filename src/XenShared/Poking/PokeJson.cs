using System.Text.Json.Serialization;

namespace XenShared.Poking;

/// <summary>Serializes a poke for the audit log.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
[JsonSerializable(typeof(XenPoke))]
internal sealed partial class PokeJson : JsonSerializerContext;
