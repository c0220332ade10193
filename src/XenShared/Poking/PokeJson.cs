using System.Text.Json.Serialization;

namespace XenShared.Poking;

/// <summary>A poke as a line of the audit log.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
[JsonSerializable(typeof(XenPoke))]
internal sealed partial class PokeJson : JsonSerializerContext;
