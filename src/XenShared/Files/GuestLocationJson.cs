using System.Text.Json.Serialization;

namespace XenShared.Files;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(GuestLocation))]
internal sealed partial class GuestLocationJson : JsonSerializerContext;
