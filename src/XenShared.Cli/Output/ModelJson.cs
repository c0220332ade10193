using System.Text.Json.Serialization;

namespace XenShared.Cli.Output;

/// <summary>Serializes the model as JSON, with the same property names as in PowerShell. Unknown values are null.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true, Converters = [typeof(Base64Bytes)])]
[JsonSerializable(typeof(XenDomain))]
[JsonSerializable(typeof(XenSharedInfo))]
[JsonSerializable(typeof(XenVcpuInfo))]
[JsonSerializable(typeof(XenClock))]
[JsonSerializable(typeof(XenEventChannel))]
[JsonSerializable(typeof(XenDevice))]
[JsonSerializable(typeof(XenFault))]
[JsonSerializable(typeof(XenEventPath))]
[JsonSerializable(typeof(XenRuleResult))]
[JsonSerializable(typeof(XenEventChannelChange))]
[JsonSerializable(typeof(ChannelState))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(ushort))]
[JsonSerializable(typeof(uint))]
internal sealed partial class ModelJson : JsonSerializerContext;
