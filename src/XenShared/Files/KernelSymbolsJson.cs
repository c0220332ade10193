using System.Text.Json.Serialization;

namespace XenShared.Files;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(KernelSymbols))]
internal sealed partial class KernelSymbolsJson : JsonSerializerContext;
