using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using XenShared.Files.DebugKeys;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Files;

/// <summary>
/// Writes a capture, domain by domain (<c>docs/capture-format.md</c>). Without a call of <see cref="Complete"/>, the capture is truncated.
/// </summary>
public sealed class CaptureWriter : IDisposable
{
    // 1: data located in guest memory. 2: Xen's output about all channels. 3: the state of each port from such an output in a log. 4: data
    // of the control domain's own kernel. 5: the states of both ends of devices. 6: processor states of vCPUs, and several reads. 7: the
    // states of domains and vCPUs from a log, the reasons of shutdowns, and the processes that can hold dying domains.
    private const int MinorVersion = 7;

    // Characters per line. Each needs six bytes if it is escaped.
    private const int ConsolePerLine = 128 * 1024;

    // Keeps a line of ports well below the limit of readers.
    private const int PortsPerLine = 2048;

    // Each end of a device has at most 300,000 bytes: 512 nodes with paths of 194 characters and values of 64 that are six times as long
    // if escaped.
    private const int DevicesPerLine = 1;

    // In JSON, a local APIC with all vectors has 2 KiB, and the longest reason has 6 KiB if escaped.
    private const int ContextsPerLine = 64;

    // A path of 3 KiB and a value of 4 KiB, both six times as long if every character is escaped.
    private const int NodesPerLine = 16;

    private readonly Stream _text;
    private readonly bool _isOwned;
    private int _lines;
    private int _read = 1;
    private DateTimeOffset? _readAt;

    /// <summary>Begins a capture.</summary>
    /// <param name="output">The stream, which stays open.</param>
    /// <param name="compress">Whether to gzip it.</param>
    /// <param name="host">The host.</param>
    /// <param name="takenAt">The time at which the capture begins.</param>
    /// <param name="clock">The wall clock of the control domain, if known.</param>
    public CaptureWriter(Stream output, bool compress, HostInfo host, DateTimeOffset? takenAt, WallClockContent? clock)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(host);
        _text = compress ? new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true) : output;
        _isOwned = compress;
        var header = new CaptureHeaderLine
        {
            Xencap = CaptureReader.MajorVersion,
            Minor = MinorVersion,
            Host = host.HostName,
            XenMajor = host.Version?.Major,
            XenMinor = host.Version?.Minor,
            XenExtra = host.Version?.Extra,
            Architecture = host.Architecture,
            TakenAt = takenAt,
            Writer = $"XenShared {typeof(CaptureWriter).Assembly.GetName().Version?.ToString(3)}",
        };
        Write(header, CaptureJson.Default.CaptureHeaderLine);
        WriteClock(clock);
    }

    /// <summary>Begins a later read of the same host. The domains that follow belong to it.</summary>
    /// <param name="takenAt">The time at which the read begins.</param>
    /// <param name="clock">The wall clock of the control domain, if known.</param>
    public void BeginRead(DateTimeOffset? takenAt, WallClockContent? clock)
    {
        _read++;
        _readAt = takenAt;
        WriteClock(clock);
    }

    /// <summary>Writes the data of a domain.</summary>
    public void Write(CapturedDomain domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        var reading = domain.Reading;
        Write(new CaptureDomainLine
        {
            Domid = reading.DomId,
            Name = domain.Name,
            Uuid = reading.Uuid,
            Type = reading.Type,
            State = reading.State,
            ShutdownReason = reading.ShutdownReason,
            PvWidth = reading.PvWidth,
            SharedInfoFrame = reading.SharedInfoFrame,
            CpuTimeNanoseconds = reading.CpuTimeNanoseconds,
            TotalPages = reading.TotalPages,
            OnlineVcpus = reading.OnlineVcpus,
            MaxVcpuId = reading.MaxVcpuId,
        }, CaptureJson.Default.CaptureDomainLine);
        foreach (var sample in domain.Samples) Write(ToLine(reading.DomId, sample), CaptureJson.Default.CaptureSampleLine);
        if (domain.PageError is { } pageError) Write(ToLine(reading.DomId, "page", pageError), CaptureJson.Default.CaptureErrorLine);
        if (domain.ValidPorts is { } validPorts) WritePorts(reading.DomId, validPorts, domain);
        if (domain.Hypervisor is { } view) WriteXenPorts(view, domain.Ports);
        if (domain.PortError is { } portError) Write(ToLine(reading.DomId, "ports", portError), CaptureJson.Default.CaptureErrorLine);
        WriteLocated(reading.DomId, domain);
        foreach (var contexts in domain.Contexts.Chunk(ContextsPerLine))
            Write(
                new CaptureVcpuContextsLine { Domid = reading.DomId, Vcpus = Array.ConvertAll(contexts, ToLine) },
                CaptureJson.Default.CaptureVcpuContextsLine);
        if (domain.Devices is { } devices) WriteDevices(reading.DomId, devices);
        if (domain.DeviceError is { } deviceError)
            Write(ToLine(reading.DomId, "devices", deviceError), CaptureJson.Default.CaptureErrorLine);
        if (domain.MappingProcesses is { } processes) WriteProcesses(reading.DomId, processes);
        if (domain.MappingProcessError is { } processError)
            Write(ToLine(reading.DomId, "holders", processError), CaptureJson.Default.CaptureErrorLine);
        foreach (var nodes in domain.DeviceNodes.Chunk(NodesPerLine))
            Write(
                new CaptureXenstoreLine { Domid = reading.DomId, Nodes = new Dictionary<string, string>(nodes) },
                CaptureJson.Default.CaptureXenstoreLine);
    }

    /// <summary>Writes Xen's output about all channels.</summary>
    public void Write(DebugKeyDump reading)
    {
        ArgumentNullException.ThrowIfNull(reading);
        for (var first = 0; first == 0 || first < reading.Text.Length; first += ConsolePerLine)
        {
            var text = reading.Text.Substring(first, Math.Min(ConsolePerLine, reading.Text.Length - first));
            Write(
                new CaptureDebugKeyLine
                {
                    TakenAt = reading.TakenAt,
                    CutOff = reading.IsCutOff,
                    Text = text,
                },
                CaptureJson.Default.CaptureDebugKeyLine);
        }
    }

    /// <summary>Writes the header of Xen's view from a log. The ports follow with each domain.</summary>
    public void Write(HypervisorChannels channels, string? remark)
    {
        ArgumentNullException.ThrowIfNull(channels);
        Write(
            new CaptureXenViewLine
            {
                TakenAt = channels.TakenAt,
                AllDomains = channels.HasAllDomains,
                Remark = remark,
            },
            CaptureJson.Default.CaptureXenViewLine);
    }

    /// <summary>Writes the state of a domain from debug key <c>q</c> in a log, after the data of the domain.</summary>
    public void Write(HypervisorDomainState state, HypervisorDomainStates states)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(states);
        var line = new CaptureXenDomainLine
        {
            Domid = state.DomId,
            TakenAt = states.TakenAt,
            Remark = states.Remark,
            Whole = state.HasAllVcpus,
            References = state.ReferenceCount,
            Dying = state.IsDying,
            Pauses = state.PauseCount,
            Vcpus =
            [
                .. state.Vcpus.Select(vcpu => new CaptureXenVcpu
                {
                    Vcpu = vcpu.Vcpu,
                    Running = vcpu.IsRunning,
                    PolledPort = vcpu.PolledPort,
                    Pending = vcpu.UpcallPending,
                    Masked = vcpu.UpcallMask,
                    Pauses = vcpu.PauseCount,
                    PauseFlags = (int?)vcpu.PauseFlags,
                }),
            ],
        };
        Write(line, CaptureJson.Default.CaptureXenDomainLine);
    }

    /// <summary>Writes the reason why Xen's debug key could not be used.</summary>
    public void WriteDebugKey(CapturedError error) => Write(ToLine(null, "debugkey", error), CaptureJson.Default.CaptureErrorLine);

    /// <summary>Writes the last line, which marks the capture as complete.</summary>
    public void Complete() => WriteLine(new CaptureEndLine { Lines = _lines }, CaptureJson.Default.CaptureEndLine);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isOwned) _text.Dispose();
        else _text.Flush();
    }

    private void WriteLocated(ushort domId, CapturedDomain domain)
    {
        foreach (var page in domain.EventPages)
        {
            Write(new CaptureEventPageLine
            {
                Domid = domId,
                TakenAt = domain.EventArrayTakenAt,
                Index = page.Index,
                Pfn = page.Pfn,
                Frame = page.Frame,
                Page = page.Bytes.ToArray(),
                Evidence = domain.EventArrayEvidence,
                Inferred = domain.IsEventArrayInferred ? true : null,
                Source = domain.EventArraySource == StateSource.Kernel ? StateSource.Kernel : null,
            }, CaptureJson.Default.CaptureEventPageLine);
        }
        if (domain.EventArrayError is { } arrayError) Write(ToLine(domId, "eventarray", arrayError), CaptureJson.Default.CaptureErrorLine);
        foreach (var record in domain.VcpuRecords)
        {
            Write(new CaptureVcpuRecordLine
            {
                Domid = domId,
                TakenAt = record.TakenAt,
                Vcpu = record.Vcpu,
                Pfn = record.Pfn,
                Frame = record.Frame,
                Offset = record.Offset,
                Record = record.Bytes.ToArray(),
                Unstable = record.IsUnstable,
                Evidence = record.Evidence,
                Inferred = record.IsProved ? null : true,
                Source = record.Source == StateSource.Kernel ? StateSource.Kernel : null,
            }, CaptureJson.Default.CaptureVcpuRecordLine);
        }
        if (domain.VcpuRecordError is { } recordError)
            Write(ToLine(domId, "vcpurecords", recordError), CaptureJson.Default.CaptureErrorLine);
    }

    private void WriteClock(WallClockContent? clock)
    {
        if (clock is { } known)
            Write(
                new CaptureClockLine
                {
                    Version = known.Version,
                    Seconds = known.Seconds,
                    Nanoseconds = known.Nanoseconds,
                },
                CaptureJson.Default.CaptureClockLine);
    }

    private void WriteProcesses(ushort domId, MappingProcessTable table)
    {
        var processes = table.Processes.Select(process => new CaptureProcess { Pid = process.ProcessId, Name = process.Name });
        Write(
            new CaptureHoldersLine { Domid = domId, CutOff = !table.IsComplete, Processes = [.. processes] },
            CaptureJson.Default.CaptureHoldersLine);
    }

    private void WriteDevices(ushort domId, DeviceTable table)
    {
        // A line is written even without a device, because it shows that the devices were read.
        for (var first = 0; first == 0 || first < table.Devices.Count; first += DevicesPerLine)
        {
            var devices = table.Devices.Skip(first).Take(DevicesPerLine).Select(device => new CaptureDevice
            {
                Device = device.Kind,
                Id = device.Id,
                Frontend = new Dictionary<string, string>(device.Frontend),
                BackendDomid = device.BackendDomId,
                BackendKind = device.BackendKind,
                Backend = new Dictionary<string, string>(device.Backend),
                HotplugError = device.HotplugError,
                BackendError = device.BackendError,
                FrontendError = device.FrontendError,
            });
            Write(
                new CaptureDevicesLine { Domid = domId, CutOff = !table.IsComplete, Devices = [.. devices] },
                CaptureJson.Default.CaptureDevicesLine);
        }
    }

    private void WritePorts(ushort domId, uint validPorts, CapturedDomain domain)
    {
        var ports = domain.Ports;
        // A line is written even without a bound port, because it shows that the ports were read.
        for (var first = 0; first == 0 || first < ports.Count; first += PortsPerLine)
        {
            var line = new CapturePortsLine
            {
                Domid = domId,
                ValidPorts = validPorts,
                Listing = domain.PortTableCompleteness == PortTableCompleteness.Complete ? null : domain.PortTableCompleteness,
                Ports = ports.Skip(first).Take(PortsPerLine).Select(port => new CapturePort
                {
                    Port = port.Port,
                    State = port.State,
                    Vcpu = port.Vcpu,
                    RemoteDomid = port.RemoteDomId,
                    RemotePort = port.RemotePort,
                    Irq = port.Irq,
                }).ToArray(),
            };
            Write(line, CaptureJson.Default.CapturePortsLine);
        }
    }

    private void WriteXenPorts(HypervisorDomain view, List<EventChannelStatus> ports)
    {
        var shown = ports.Where(port => view.Ports.ContainsKey(port.Port)).Select(port => view.Ports[port.Port]).ToArray();
        for (var first = 0; first == 0 || first < shown.Length; first += PortsPerLine)
        {
            var line = new CaptureXenPortsLine
            {
                Domid = view.DomId,
                Abi = view.Abi,
                Whole = view.IsComplete,
                Polling = view.PollingVcpus is { } polling ? [.. polling] : null,
                Ports = Array.ConvertAll(shown[first..Math.Min(first + PortsPerLine, shown.Length)], port => new CaptureXenPort
                {
                    Port = port.Port,
                    Pending = port.Pending,
                    Masked = port.Masked,
                    Linked = port.Linked,
                    Busy = port.Busy,
                    Selector = port.InSelector,
                    XenConsumes = port.IsConsumedByXen,
                    WhyUnknown = port.WhyUnknown,
                }),
            };
            Write(line, CaptureJson.Default.CaptureXenPortsLine);
        }
    }

    private static CaptureSampleLine ToLine(ushort domId, DomainSample sample) => new()
    {
        Domid = domId,
        TakenAt = sample.TakenAt,
        Frame = sample.Frame,
        Page = sample.Page.ToArray(),
        Unstable = [.. sample.Unstable],
        Vcpus = sample.Vcpus.Select(ToLine).ToArray(),
    };

    private static CaptureVcpu ToLine(VcpuRunState vcpu) => new()
    {
        Vcpu = vcpu.Vcpu,
        Online = vcpu.Online,
        Blocked = vcpu.Blocked,
        Running = vcpu.Running,
        CpuTimeNanoseconds = vcpu.CpuTimeNanoseconds,
    };

    private static CaptureVcpuContext ToLine(VcpuContext context) => new()
    {
        Vcpu = context.Vcpu,
        Run = context.Run is { } run ? ToLine(run) : null,
        Online = context.IsOnline,
        InstructionPointer = context.InstructionPointer,
        InterruptFlag = context.InterruptFlag,
        EventCallback = context.EventCallback,
        CallbackIrq = context.CallbackIrq,
        Apic = context.Apic is { } apic
            ? new CaptureApic
            {
                Enabled = apic.IsEnabled,
                TaskPriority = apic.TaskPriority,
                Requested = [.. apic.Requested],
                InService = [.. apic.InService],
            }
            : null,
        WhyUnknown = context.WhyUnknown,
    };

    private static CaptureErrorLine ToLine(ushort? domId, string part, CapturedError error) => new()
    {
        Domid = domId,
        Part = part,
        Id = error.Id,
        Message = error.Message,
        Operation = error.Operation,
        Errno = error.Errno,
        Hint = error.Hint,
    };

    private void Write<T>(T line, JsonTypeInfo<T> type)
    {
        if (_read == 1) WriteLine(line, type);
        else
            WriteLine(
                new CaptureReadLine { Number = _read, TakenAt = _readAt, Line = JsonSerializer.SerializeToElement(line, type) },
                CaptureJson.Default.CaptureReadLine);
    }

    private void WriteLine<T>(T line, JsonTypeInfo<T> type)
    {
        JsonSerializer.Serialize(_text, line, type);
        _text.WriteByte((byte)'\n');
        _lines++;
    }
}
