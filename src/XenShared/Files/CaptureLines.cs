using System.Text.Json;
using System.Text.Json.Serialization;
using XenShared.Files.DebugKeys;
using XenShared.Layout;

namespace XenShared.Files;

// The types of the lines of a capture (docs/capture-format.md). They are used only together, so they share a file. In JSON, the names of
// the properties are in camel case. The lines of which a capture has many use JsonRequired in place of "required" and "init": with these,
// the serializer puts all values of a line into an array of boxed values first, which takes most of the memory of reading a line.

internal sealed record CaptureHeaderLine
{
    public required int Xencap { get; init; }
    public int Minor { get; init; }
    public required string Host { get; init; }
    public int? XenMajor { get; init; }
    public int? XenMinor { get; init; }
    public string? XenExtra { get; init; }
    public string? Architecture { get; init; }
    public DateTimeOffset? TakenAt { get; init; }
    public string Writer { get; init; } = "";
}

internal sealed record CaptureVersionLine
{
    public required int Xencap { get; init; }
}

internal sealed record CaptureKindLine
{
    public string Kind { get; init; } = "";
}

internal sealed record CaptureClockLine
{
    public string Kind { get; init; } = "clock";
    public required uint Version { get; init; }
    public required ulong Seconds { get; init; }
    public required uint Nanoseconds { get; init; }
}

internal sealed record CaptureDomainLine
{
    public string Kind { get; } = "domain";
    [JsonRequired]
    public ushort Domid { get; set; }
    public string? Name { get; set; }
    public Guid? Uuid { get; set; }
    public DomainType? Type { get; set; }
    public DomainState? State { get; set; }
    public ShutdownReason? ShutdownReason { get; set; }
    public int? PvWidth { get; set; }
    public ulong? SharedInfoFrame { get; set; }
    public ulong? CpuTimeNanoseconds { get; set; }
    public ulong? TotalPages { get; set; }
    public int? OnlineVcpus { get; set; }
    public int? MaxVcpuId { get; set; }
}

internal sealed record CaptureVcpu
{
    [JsonRequired]
    public int Vcpu { get; set; }
    public bool Online { get; set; }
    public bool Blocked { get; set; }
    public bool Running { get; set; }
    [JsonRequired]
    public ulong CpuTimeNanoseconds { get; set; }
}

internal sealed record CaptureSampleLine
{
    public string Kind { get; } = "sample";
    [JsonRequired]
    public ushort Domid { get; set; }
    public DateTimeOffset? TakenAt { get; set; }
    public ulong? Frame { get; set; }
    [JsonConverter(typeof(PackedPageConverter))]
    [JsonRequired]
    public PackedPage Page { get; set; } = null!;
    public string[]? Unstable { get; set; }
    public CaptureVcpu[]? Vcpus { get; set; }
}

internal sealed record CapturePort
{
    [JsonRequired]
    public uint Port { get; set; }
    public ChannelState? State { get; set; }
    public int Vcpu { get; set; }
    public ushort? RemoteDomid { get; set; }
    public uint? RemotePort { get; set; }
    public uint? Irq { get; set; }
}

internal sealed record CapturePortsLine
{
    public string Kind { get; } = "ports";
    [JsonRequired]
    public ushort Domid { get; set; }
    [JsonRequired]
    public uint ValidPorts { get; set; }
    public PortTableCompleteness? Listing { get; set; }
    [JsonRequired]
    public CapturePort[] Ports { get; set; } = null!;
}

internal sealed record CaptureXenstoreLine
{
    public string Kind { get; } = "xenstore";
    [JsonRequired]
    public ushort Domid { get; set; }
    [JsonRequired]
    public Dictionary<string, string> Nodes { get; set; } = null!;
}

internal sealed record CaptureDevice
{
    public required string Device { get; init; }
    public required string Id { get; init; }
    public required Dictionary<string, string> Frontend { get; init; }
    public ushort? BackendDomid { get; init; }
    public string? BackendKind { get; init; }
    public required Dictionary<string, string> Backend { get; init; }
    public string? HotplugError { get; init; }
    public string? BackendError { get; init; }
    public string? FrontendError { get; init; }
}

internal sealed record CaptureDevicesLine
{
    public string Kind { get; init; } = "devices";
    public required ushort Domid { get; init; }
    public bool CutOff { get; init; }
    public required CaptureDevice[] Devices { get; init; }
}

internal sealed record CaptureProcess
{
    public required int Pid { get; init; }
    public string? Name { get; init; }
}

internal sealed record CaptureHoldersLine
{
    public string Kind { get; init; } = "holders";
    public required ushort Domid { get; init; }
    public bool CutOff { get; init; }
    public required CaptureProcess[] Processes { get; init; }
}

internal sealed record CaptureP2mLine
{
    public string Kind { get; init; } = "p2m";
    public required ushort Domid { get; init; }
    public required ulong Entries { get; init; }
    public required ulong First { get; init; }
    public required ulong Count { get; init; }
}

internal sealed record CaptureP2mPageLine
{
    public string Kind { get; init; } = "p2mpage";
    public required ushort Domid { get; init; }
    public required ulong Index { get; init; }
    [JsonConverter(typeof(PageConverter))]
    public required byte[] Page { get; init; }
}

internal sealed record CaptureEventPageLine
{
    public string Kind { get; } = "eventpage";
    [JsonRequired]
    public ushort Domid { get; set; }
    public DateTimeOffset? TakenAt { get; set; }
    [JsonRequired]
    public int Index { get; set; }
    [JsonRequired]
    public ulong Pfn { get; set; }
    [JsonRequired]
    public ulong Frame { get; set; }
    [JsonConverter(typeof(PageConverter))]
    [JsonRequired]
    public byte[] Page { get; set; } = null!;
    public string Evidence { get; set; } = "";
    public bool? Inferred { get; set; }
    public StateSource? Source { get; set; }
}

internal sealed record CaptureVcpuRecordLine
{
    public string Kind { get; } = "vcpurecord";
    [JsonRequired]
    public ushort Domid { get; set; }
    public DateTimeOffset? TakenAt { get; set; }
    [JsonRequired]
    public int Vcpu { get; set; }
    [JsonRequired]
    public ulong Pfn { get; set; }
    [JsonRequired]
    public ulong Frame { get; set; }
    [JsonRequired]
    public int Offset { get; set; }
    [JsonRequired]
    public byte[] Record { get; set; } = null!;
    public bool Unstable { get; set; }
    public string Evidence { get; set; } = "";
    public bool? Inferred { get; set; }
    public StateSource? Source { get; set; }
}

internal sealed record CaptureApic
{
    public required bool Enabled { get; init; }
    public required byte TaskPriority { get; init; }
    public required int[] Requested { get; init; }
    public required int[] InService { get; init; }
}

internal sealed record CaptureVcpuContext
{
    public required int Vcpu { get; init; }
    public CaptureVcpu? Run { get; init; }
    public bool? Online { get; init; }
    public ulong? InstructionPointer { get; init; }
    public bool? InterruptFlag { get; init; }
    public ulong? EventCallback { get; init; }
    public ulong? CallbackIrq { get; init; }
    public CaptureApic? Apic { get; init; }
    public string? WhyUnknown { get; init; }
}

internal sealed record CaptureVcpuContextsLine
{
    public string Kind { get; init; } = "vcpucontexts";
    public required ushort Domid { get; init; }
    public required CaptureVcpuContext[] Vcpus { get; init; }
}

internal sealed record CaptureVcpuSeriesLine
{
    public string Kind { get; init; } = "vcpuseries";
    public required ushort Domid { get; init; }
    public required int Number { get; init; }
    public required CaptureVcpuContext[] Vcpus { get; init; }
}

internal sealed record CaptureReadLine
{
    public string Kind { get; init; } = "read";
    public required int Number { get; init; }
    public DateTimeOffset? TakenAt { get; init; }
    public required JsonElement Line { get; init; }
}

internal sealed record CaptureDebugKeyLine
{
    public string Kind { get; init; } = "debugkey";
    public required DateTimeOffset TakenAt { get; init; }
    public bool CutOff { get; init; }
    public required string Text { get; init; }
}

internal sealed record CaptureXenViewLine
{
    public string Kind { get; init; } = "xenview";
    public DateTimeOffset? TakenAt { get; init; }
    public required bool AllDomains { get; init; }
    public string? Remark { get; init; }
}

internal sealed record CaptureXenPort
{
    public required uint Port { get; init; }
    public bool? Pending { get; init; }
    public bool? Masked { get; init; }
    public bool? Linked { get; init; }
    public bool? Busy { get; init; }
    public bool? Selector { get; init; }
    public bool XenConsumes { get; init; }
    public string? WhyUnknown { get; init; }
}

internal sealed record CaptureXenPortsLine
{
    public string Kind { get; init; } = "xenports";
    public required ushort Domid { get; init; }
    public EventAbi Abi { get; init; }
    public required bool Whole { get; init; }
    public bool? FromGuest { get; init; }
    public int[]? Polling { get; init; }
    public required CaptureXenPort[] Ports { get; init; }
}

internal sealed record CaptureXenVcpu
{
    public required int Vcpu { get; init; }
    public bool Running { get; init; }
    public uint? PolledPort { get; init; }
    public bool? Pending { get; init; }
    public bool? Masked { get; init; }
    public int? Pauses { get; init; }
    public int? PauseFlags { get; init; }
    public VcpuState? State { get; init; }
    public ulong? Selector { get; init; }
    public int? Cpu { get; init; }
    public string? HardAffinity { get; init; }
    public string? SoftAffinity { get; init; }
}

internal sealed record CaptureXenDomainLine
{
    public string Kind { get; init; } = "xendomain";
    public required ushort Domid { get; init; }
    public DateTimeOffset? TakenAt { get; init; }
    public string? Remark { get; init; }
    public required bool Whole { get; init; }
    public StateOutput? Output { get; init; }
    public int? References { get; init; }
    public bool? Dying { get; init; }
    public int? Pauses { get; init; }
    public required CaptureXenVcpu[] Vcpus { get; init; }
}

internal sealed record CaptureErrorLine
{
    public string Kind { get; init; } = "error";
    public ushort? Domid { get; init; }
    public required string Part { get; init; }
    public required XenErrorId Id { get; init; }
    public required string Message { get; init; }
    public string? Operation { get; init; }
    public int? Errno { get; init; }
    public string? Hint { get; init; }
}

internal sealed record CaptureEndLine
{
    public string Kind { get; init; } = "end";
    public required int Lines { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    MaxDepth = 64)]
[JsonSerializable(typeof(CaptureHeaderLine))]
[JsonSerializable(typeof(CaptureVersionLine))]
[JsonSerializable(typeof(CaptureKindLine))]
[JsonSerializable(typeof(CaptureClockLine))]
[JsonSerializable(typeof(CaptureDomainLine))]
[JsonSerializable(typeof(CaptureSampleLine))]
[JsonSerializable(typeof(CapturePortsLine))]
[JsonSerializable(typeof(CaptureXenstoreLine))]
[JsonSerializable(typeof(CaptureDevicesLine))]
[JsonSerializable(typeof(CaptureHoldersLine))]
[JsonSerializable(typeof(CaptureP2mLine))]
[JsonSerializable(typeof(CaptureP2mPageLine))]
[JsonSerializable(typeof(CaptureEventPageLine))]
[JsonSerializable(typeof(CaptureVcpuRecordLine))]
[JsonSerializable(typeof(CaptureVcpuContextsLine))]
[JsonSerializable(typeof(CaptureVcpuSeriesLine))]
[JsonSerializable(typeof(CaptureReadLine))]
[JsonSerializable(typeof(CaptureDebugKeyLine))]
[JsonSerializable(typeof(CaptureXenViewLine))]
[JsonSerializable(typeof(CaptureXenPortsLine))]
[JsonSerializable(typeof(CaptureXenDomainLine))]
[JsonSerializable(typeof(CaptureErrorLine))]
[JsonSerializable(typeof(CaptureEndLine))]
internal sealed partial class CaptureJson : JsonSerializerContext;
