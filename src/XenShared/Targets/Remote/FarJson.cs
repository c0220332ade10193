using System.Text.Json.Serialization;

namespace XenShared.Targets.Remote;

/// <summary>What is said over an SSH connection, as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    MaxDepth = 16)]
[JsonSerializable(typeof(FarLine))]
internal sealed partial class FarJson : JsonSerializerContext;
