using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Files;

/// <summary>
/// Reads captures, plain or gzip-compressed (<c>docs/capture-format.md</c>). Unknown kinds of lines are skipped. Everything else, including
/// the last line, must be complete and within the limits, so that a truncated capture is not mistaken for one of a smaller host.
/// </summary>
public sealed class CaptureReader
{
    /// <summary>The supported major version of the format.</summary>
    public const int MajorVersion = 1;

    // The maximum number of names of parts that changed at each attempt to copy them: 36 parts are known, and there is room for more.
    private const int MaximumUnstable = 64;

    private const int FirstLaterRead = 2;

    private readonly CaptureLimits _limits;
    private readonly string _name;
    private readonly BoundedLineReader _lines;
    private readonly StringBuilder _console = new();
    private int _lineNumber;
    private int _ports;
    private readonly XenViewReader _xenView;
    private readonly LocatedLineReader _located;
    private readonly DeviceLineReader _devices;
    private readonly VcpuContextLineReader _contexts;
    private readonly P2mLineReader _p2m;

    private CaptureReader(Stream text, string name, CaptureLimits limits)
    {
        _limits = limits;
        _name = name;
        _lines = new BoundedLineReader(text, limits.MaximumLineBytes, limits.MaximumBytes);
        _xenView = new XenViewReader(reason => Damaged(reason));
        _located = new LocatedLineReader(limits, reason => Damaged(reason));
        _devices = new DeviceLineReader(reason => Damaged(reason));
        _contexts = new VcpuContextLineReader(limits, reason => Damaged(reason));
        _p2m = new P2mLineReader(reason => Damaged(reason));
    }

    /// <summary>Reads a capture from a stream, and leaves the stream open.</summary>
    /// <param name="stream">The stream, plain or gzip-compressed.</param>
    /// <param name="name">The name for messages.</param>
    /// <param name="limits">The limits; null for the default limits.</param>
    /// <param name="cancellation">Cancels reading. It is polled at each read of the stream.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.FileNotRecognised"/>: not a capture, or of a later major version.
    /// <see cref="XenErrorId.FileDamaged"/>: with line, offset and reason.</exception>
    public static HostCapture Read(Stream stream, string name, CaptureLimits? limits = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var start = new byte[2];
        var got = stream.ReadAtLeast(start, 2, throwOnEndOfStream: false);
        using var whole = new PrefixedStream(start.AsMemory(0, got), stream, cancellation);
        var isCompressed = got == 2 && start[0] == 0x1f && start[1] == 0x8b;
        using var unpacked = isCompressed ? (Stream)new GZipStream(whole, CompressionMode.Decompress) : whole;
        using var text = new PrefixedStream(default, unpacked, cancellation);
        return new CaptureReader(text, name, limits ?? CaptureLimits.Default).ReadAll();
    }

    private HostCapture ReadAll()
    {
        var header = ReadHeader();
        var capture = new HostCapture
        {
            Host = new HostInfo(
                header.Host,
                header is { XenMajor: { } major, XenMinor: { } minor } ? new XenVersion(major, minor, header.XenExtra ?? "") : null,
                header.Architecture),
            TakenAt = header.TakenAt,
            Writer = header.Writer ?? "",
        };
        while (NextLine() is { } line)
        {
            var kind = CaptureLineKind.FromStart(line.Span) ?? Parse(line, CaptureJson.Default.CaptureKindLine).Kind;
            if (kind == "end")
            {
                var lines = Parse(line, CaptureJson.Default.CaptureEndLine).Lines;
                if (lines != _lineNumber - 1) throw Damaged($"its last line counts {lines} lines, but {_lineNumber - 1} lines precede it");
                if (NextLine() is not null) throw Damaged("something follows its end");
                // A domain that is missing in Xen's output about all channels was created later, and has a state or listed ports.
                if (header.Minor < XenViewReader.MinorOfTools && FindWithoutChannels(capture) is { } left)
                    throw Damaged($"Xen's view of the channels of domain {left.Reading.DomId} is missing");
                if (capture.DebugKey is { } printed) capture.DebugKey = printed with { Text = _console.ToString() };
                return capture;
            }
            CheckTexts(kind, line);
            AddLine(capture, kind, line);
        }
        throw Damaged("it is cut off: the line that ends it is missing");
    }

    private CaptureHeaderLine ReadHeader()
    {
        if (!StartsAsCapture())
            throw new XenException(
                XenErrorId.FileNotRecognised,
                $"'{_name}' is not a capture: its first line does not begin with {{\"xencap\":",
                "open a file that Export-XenCapture or 'xenshared capture' wrote");
        var line = NextLine() ?? default;
        // Only the version number can be read in every version, so the version is checked before the rest of the header is parsed.
        var version = Parse(line, CaptureJson.Default.CaptureVersionLine).Xencap;
        if (version != MajorVersion)
            throw new XenException(
                XenErrorId.FileNotRecognised,
                $"'{_name}' is a capture of format version {version}, and this program reads version {MajorVersion}",
                "use a newer one");
        var header = Parse(line, CaptureJson.Default.CaptureHeaderLine);
        CheckTexts("", line);
        Need(header.Host, "host");
        return header.Architecture is null or "x86_64" or "arm64"
            ? header
            : throw Damaged($"it is of an unknown architecture, '{header.Architecture}'");
    }

    private bool StartsAsCapture()
    {
        try
        {
            return _lines.StartsWith("{\"xencap\":"u8);
        }
        catch (InvalidDataException error)
        {
            throw Damaged(Reason(error), error);
        }
    }

    private T Need<T>(T? value, string name)
        where T : class => value ?? throw Damaged($"it has no {name}");

    private static CapturedDomain? FindWithoutChannels(HostCapture capture) => capture.Channels is null ? null
        : capture.Domains.Values.FirstOrDefault(domain => domain is { Hypervisor: null, HypervisorState: null, Ports.Count: 0 });

    private static string Reason(InvalidDataException error) => error.Message.TrimEnd('.');

    private void AddLine(HostCapture capture, string kind, ReadOnlyMemory<byte> line)
    {
        switch (kind)
        {
            case "clock":
                var clock = Parse(line, CaptureJson.Default.CaptureClockLine);
                capture.HostClock = new WallClockContent(clock.Version, clock.Seconds, clock.Nanoseconds);
                break;
            case "domain": AddDomain(capture, Parse(line, CaptureJson.Default.CaptureDomainLine)); break;
            case "sample": AddSample(capture, Parse(line, CaptureJson.Default.CaptureSampleLine)); break;
            case "ports": AddPorts(capture, Parse(line, CaptureJson.Default.CapturePortsLine)); break;
            case "xenstore": AddNodes(capture, Parse(line, CaptureJson.Default.CaptureXenstoreLine)); break;
            case "devices":
                var devices = Parse(line, CaptureJson.Default.CaptureDevicesLine);
                _devices.Add(DomainOf(capture, devices.Domid), devices);
                break;
            case "holders": AddProcesses(capture, Parse(line, CaptureJson.Default.CaptureHoldersLine)); break;
            case "eventpage": _located.Add(Find, Parse(line, CaptureJson.Default.CaptureEventPageLine)); break;
            case "vcpurecord": _located.Add(Find, Parse(line, CaptureJson.Default.CaptureVcpuRecordLine)); break;
            case "vcpucontexts": _contexts.Add(Find, Parse(line, CaptureJson.Default.CaptureVcpuContextsLine)); break;
            case "vcpuseries": _contexts.Add(Find, Parse(line, CaptureJson.Default.CaptureVcpuSeriesLine)); break;
            case "p2m": _p2m.Add(Find, Parse(line, CaptureJson.Default.CaptureP2mLine)); break;
            case "p2mpage": _p2m.Add(Find, Parse(line, CaptureJson.Default.CaptureP2mPageLine)); break;
            case "read": AddRead(capture, Parse(line, CaptureJson.Default.CaptureReadLine)); break;
            case "xenview": _xenView.AddView(capture, Parse(line, CaptureJson.Default.CaptureXenViewLine)); break;
            case "xenports":
                var ports = Parse(line, CaptureJson.Default.CaptureXenPortsLine);
                _xenView.AddPorts(capture, DomainOf(capture, ports.Domid), ports);
                break;
            case "xendomain":
                var state = Parse(line, CaptureJson.Default.CaptureXenDomainLine);
                _xenView.AddState(capture, DomainOf(capture, state.Domid), state);
                break;
            case "debugkey": AddDebugKey(capture, Parse(line, CaptureJson.Default.CaptureDebugKeyLine)); break;
            case "error": AddError(capture, Parse(line, CaptureJson.Default.CaptureErrorLine)); break;
            default: Parse(line, CaptureJson.Default.CaptureKindLine); break; // A line that is skipped must be valid too.
        }

        CapturedDomain Find(ushort domId) => DomainOf(capture, domId);
    }

    // Adds a line of the second or a later read of the host. Its property Line contains a line in the form of the first read.
    private void AddRead(HostCapture capture, CaptureReadLine line)
    {
        var reads = capture.LaterReads;
        // The lines of the first read have no number, so the numbers of later reads begin with 2.
        if (line.Number == reads.Count + FirstLaterRead && reads.Count + 1 < _limits.MaximumReads)
        {
            if (line.TakenAt < (reads.Count > 0 ? reads[^1].TakenAt : capture.TakenAt)) throw Damaged("its reads are not in order of time");
            reads.Add(new HostCapture { Host = capture.Host, TakenAt = line.TakenAt, Writer = capture.Writer });
            _ports = 0;
        }
        else if (reads.Count == 0 || line.Number != reads.Count + 1 || line.TakenAt != reads[^1].TakenAt)
        {
            throw Damaged(
                $"read {line.Number} is out of order, its lines have different times, or there are more than {_limits.MaximumReads} reads");
        }
        var inner = Encoding.UTF8.GetBytes(line.Line.GetRawText());
        var kind = CaptureLineKind.FromStart(inner) ?? Parse(inner, CaptureJson.Default.CaptureKindLine).Kind;
        if (kind is "read" or "end" or "debugkey" or "xenview" or "xenports" or "xendomain")
            throw Damaged($"a later read has a line of kind '{kind}'");
        AddLine(reads[^1], kind, inner);
    }

    private void AddDomain(HostCapture capture, CaptureDomainLine line)
    {
        if (capture.Domains.Count >= _limits.MaximumDomains)
            throw Damaged($"it contains more than {_limits.MaximumDomains} domains");
        if (line.State is { } state && !Enum.IsDefined(state) || line.Type is { } type && !Enum.IsDefined(type))
            throw Damaged($"domain {line.Domid} has an unknown type or state");
        if (line.ShutdownReason is { } reason && !Enum.IsDefined(reason))
            throw Damaged($"domain {line.Domid} has an unknown reason of its shutdown");
        if (line.PvWidth is not (null or 32 or 64))
            throw Damaged($"domain {line.Domid} is {line.PvWidth} bits wide");
        if (line.OnlineVcpus < 0
            || line.OnlineVcpus > _limits.MaximumVcpus
            || line.MaxVcpuId is { } highest && (highest < 0 || highest >= _limits.MaximumVcpus))
            throw Damaged($"domain {line.Domid} has more vCPUs than {_limits.MaximumVcpus}, or a negative number of them");
        if (line.TotalPages > DomainInfo.MaximumPages)
            throw Damaged($"domain {line.Domid} has {line.TotalPages} pages, more than {DomainInfo.MaximumPages}");
        var domain = new CapturedDomain
        {
            Name = line.Name,
            Reading = new DomainInfo
            {
                DomId = line.Domid,
                Uuid = line.Uuid,
                Type = line.Type,
                State = line.State,
                ShutdownReason = line.ShutdownReason,
                PvWidth = line.PvWidth,
                SharedInfoFrame = line.SharedInfoFrame,
                CpuTimeNanoseconds = line.CpuTimeNanoseconds,
                TotalPages = line.TotalPages,
                OnlineVcpus = line.OnlineVcpus,
                MaxVcpuId = line.MaxVcpuId,
            },
        };
        if (!capture.Domains.TryAdd(line.Domid, domain)) throw Damaged($"domain {line.Domid} occurs twice");
    }

    private void AddSample(HostCapture capture, CaptureSampleLine line)
    {
        var domain = DomainOf(capture, line.Domid);
        if (domain.Samples.Count >= _limits.MaximumSamples)
            throw Damaged($"domain {line.Domid} has more than {_limits.MaximumSamples} samples");
        if (Need(line.Page, "page").Length != SharedInfoLayout.PageSize)
            throw Damaged($"a page of domain {line.Domid} has {line.Page.Length} bytes instead of {SharedInfoLayout.PageSize}");
        var readings = line.Vcpus ?? [];
        var unstable = line.Unstable ?? [];
        if (unstable.Length > MaximumUnstable || unstable.Contains(null))
            throw Damaged($"a sample of domain {line.Domid} names more unstable parts than there are");
        if (readings.Length > _limits.MaximumVcpus)
            throw Damaged($"a sample of domain {line.Domid} has more than {_limits.MaximumVcpus} vCPUs");
        if (domain.Samples.Count > 0 && line.TakenAt < domain.Samples[^1].TakenAt)
            throw Damaged($"the samples of domain {line.Domid} are not in the order of their times");
        var vcpus = Array.ConvertAll(readings, vcpu =>
            Need(vcpu, "vCPU") is var state
                ? new VcpuRunState(state.Vcpu, state.Online, state.Blocked, state.Running, state.CpuTimeNanoseconds)
                : default);
        domain.Samples.Add(new DomainSample(line.Page, unstable) { TakenAt = line.TakenAt, Frame = line.Frame, Vcpus = vcpus });
    }

    private void AddPorts(HostCapture capture, CapturePortsLine line)
    {
        var domain = DomainOf(capture, line.Domid);
        if (line.ValidPorts > _limits.MaximumPorts)
            throw Damaged($"domain {line.Domid} has {line.ValidPorts} ports, more than {_limits.MaximumPorts}");
        if (domain.ValidPorts is { } before && before != line.ValidPorts)
            throw Damaged($"the lines of domain {line.Domid} do not agree on the number of its ports");
        if (line.Listing is { } listing && !Enum.IsDefined(listing))
            throw Damaged($"the port list of domain {line.Domid} is of an unknown kind");
        var completeness = line.Listing ?? PortTableCompleteness.Complete;
        if (domain.ValidPorts is not null && domain.PortTableCompleteness != completeness)
            throw Damaged($"the lines of domain {line.Domid} do not agree on which ports are listed");
        domain.ValidPorts = line.ValidPorts;
        domain.PortTableCompleteness = completeness;
        domain.Ports.EnsureCapacity(domain.Ports.Count + Need(line.Ports, "ports").Length);
        foreach (var port in line.Ports)
        {
            Need(port, "port");
            if (port.State is { } state && !Enum.IsDefined(state))
                throw Damaged($"port {port.Port} of domain {line.Domid} has an unknown state");
            if (port.Port >= line.ValidPorts || domain.Ports.Count > 0 && port.Port <= domain.Ports[^1].Port)
                throw Damaged($"port {port.Port} of domain {line.Domid} is out of range or out of order");
            if (port.Vcpu < 0 || port.Vcpu >= _limits.MaximumVcpus)
                throw Damaged($"port {port.Port} of domain {line.Domid} is bound to vCPU {port.Vcpu}");
            if (++_ports > _limits.MaximumTotalPorts)
                throw Damaged($"it contains more than {_limits.MaximumTotalPorts} ports");
            domain.Ports.Add(new EventChannelStatus(port.Port, port.State, port.Vcpu, port.RemoteDomid, port.RemotePort, port.Irq));
        }
    }

    private void AddNodes(HostCapture capture, CaptureXenstoreLine line)
    {
        var domain = DomainOf(capture, line.Domid);
        Need(line.Nodes, "nodes");
        if (domain.DeviceNodes.Count + line.Nodes.Count > _limits.MaximumNodes)
            throw Damaged($"domain {line.Domid} has more than {_limits.MaximumNodes} xenstore nodes");
        foreach (var (path, value) in line.Nodes)
        {
            if (path.Length > _limits.MaximumNodeText || Need(value, "value of a node").Length > _limits.MaximumNodeText)
                throw Damaged($"a xenstore node of domain {line.Domid} is longer than {_limits.MaximumNodeText} characters");
            domain.DeviceNodes[path] = value;
        }
    }

    private void AddProcesses(HostCapture capture, CaptureHoldersLine line)
    {
        var domain = DomainOf(capture, line.Domid);
        if (domain.MappingProcesses is not null) throw Damaged($"the processes that can hold domain {line.Domid} occur twice");
        if (Need(line.Processes, "processes").Length > MappingProcessTable.MaximumProcesses)
            throw Damaged($"domain {line.Domid} has more than {MappingProcessTable.MaximumProcesses} processes that can hold it");
        var processes = Array.ConvertAll(line.Processes, process =>
            Need(process, "process") is { Pid: > 0, Name: null or { Length: <= MappingProcess.MaximumName } } known
                ? new MappingProcess(known.Pid, known.Name)
                : throw Damaged($"a process that can hold domain {line.Domid} has an impossible number or name"));
        domain.MappingProcesses = new MappingProcessTable(processes, IsComplete: !line.CutOff);
    }

    // Adds a line with a part of Xen's output. The writer splits a long output into several such lines, which are joined here.
    private void AddDebugKey(HostCapture capture, CaptureDebugKeyLine line)
    {
        if (_console.Length + Need(line.Text, "text").Length > _limits.MaximumConsole)
            throw Damaged($"Xen's output is longer than {_limits.MaximumConsole} characters");
        if (capture.DebugKey is { } before && (before.TakenAt, before.IsCutOff) != (line.TakenAt, line.CutOff))
            throw Damaged("the lines of Xen's output do not agree");
        _console.Append(line.Text);
        capture.DebugKey = new DebugKeyDump(line.TakenAt, "", line.CutOff);
    }

    private void AddError(HostCapture capture, CaptureErrorLine line)
    {
        if (!Enum.IsDefined(line.Id)) throw Damaged($"an error of domain {line.Domid} has no known id");
        var error = new CapturedError(line.Id, Need(line.Message, "message"), line.Operation, line.Errno, line.Hint);
        if (line.Domid is not { } domId)
        {
            if (line.Part == "debugkey") capture.DebugKeyError = error;
            return;
        }
        var domain = DomainOf(capture, domId);
        if (line.Part == "page") domain.PageError = error;
        else if (line.Part == "ports") domain.PortError = error;
        else if (line.Part == "devices") domain.DeviceError = error;
        else if (line.Part == "holders") domain.MappingProcessError = error;
        else if (line.Part == "p2m") domain.P2mError = error;
        else if (line.Part == "eventarray") domain.EventArrayError = error;
        else if (line.Part == "vcpurecords") domain.VcpuRecordError = error;
    }

    private CapturedDomain DomainOf(HostCapture capture, ushort domId) =>
        capture.Domains.TryGetValue(domId, out var domain) ? domain : throw Damaged($"domain {domId} has data before its description");

    private ReadOnlyMemory<byte>? NextLine()
    {
        try
        {
            _lineNumber += _lines.SkipBlankLines();
            var line = _lines.Read();
            if (line is not null) _lineNumber++;
            return line;
        }
        catch (InvalidDataException error)
        {
            _lineNumber++;
            throw Damaged(Reason(error), error);
        }
    }

    private void CheckTexts(string kind, ReadOnlyMemory<byte> line)
    {
        if (CaptureTextLimit.IsExceeded(kind, line.Span, _limits.MaximumText))
            throw Damaged($"a text has more than {_limits.MaximumText} bytes");
    }

    private T Parse<T>(ReadOnlyMemory<byte> line, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(line.Span, type) ?? throw Damaged("a line is null");
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException)
        {
            throw Damaged("the line is not valid for its kind", error);
        }
    }

    private XenException Damaged(string reason, Exception? inner = null) =>
        new(
            XenErrorId.FileDamaged,
            $"'{_name}' is damaged at line {_lineNumber} (offset {_lines.Offset} of its text): {reason}",
            "create it or copy it again",
            inner);
}
