using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using XenShared.Files.DebugKeys;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Files;

/// <summary>
/// Writes a capture, domain by domain (<c>docs/capture-format.md</c>). Readers reject the capture as truncated if <see cref="Complete"/>
/// was not called.
/// </summary>
public sealed class CaptureWriter : IDisposable
{
    // Minor versions of the format have added: 1: data located in guest memory. 2: Xen's output about all channels. 3: the state of each
    // port from such an output in a log. 4: data of the control domain's own kernel. 5: the states of both ends of devices. 6: processor
    // states of vCPUs, and several reads. 7: the states of domains and vCPUs from a log, the reasons of shutdowns, and the processes that
    // can hold dying domains. 8: P2M tables. 9: further reads of processor states. 10: what tools print.
    private const int MinorVersion = 10;

    // The maximum number of characters of console text in a line. Each character needs six bytes if it is escaped, so the line stays below
    // 1 MiB.
    private const int ConsolePerLine = 128 * 1024;

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
        var domId = domain.Reading.DomId;
        Write(CaptureLineFactory.CreateDomain(domain), CaptureJson.Default.CaptureDomainLine);
        WriteAll(
            domain.Samples.Select(sample => CaptureLineFactory.CreateSample(domId, sample)),
            CaptureJson.Default.CaptureSampleLine);
        WriteError(domId, "page", domain.PageError);
        if (domain.ValidPorts is { } validPorts)
            WriteAll(CaptureLineFactory.CreatePorts(domId, validPorts, domain), CaptureJson.Default.CapturePortsLine);
        if (domain.Hypervisor is { } view)
            WriteAll(CaptureLineFactory.CreateXenPorts(view, domain), CaptureJson.Default.CaptureXenPortsLine);
        WriteError(domId, "ports", domain.PortError);
        WriteAll(CaptureLineFactory.CreateEventPages(domId, domain), CaptureJson.Default.CaptureEventPageLine);
        WriteError(domId, "eventarray", domain.EventArrayError);
        WriteAll(CaptureLineFactory.CreateVcpuRecords(domId, domain), CaptureJson.Default.CaptureVcpuRecordLine);
        WriteError(domId, "vcpurecords", domain.VcpuRecordError);
        WriteAll(CaptureLineFactory.CreateContexts(domId, domain), CaptureJson.Default.CaptureVcpuContextsLine);
        if (domain.Devices is { } devices)
            WriteAll(CaptureLineFactory.CreateDevices(domId, devices), CaptureJson.Default.CaptureDevicesLine);
        WriteError(domId, "devices", domain.DeviceError);
        if (domain.MappingProcesses is { } processes)
            Write(CaptureLineFactory.CreateHolders(domId, processes), CaptureJson.Default.CaptureHoldersLine);
        WriteError(domId, "holders", domain.MappingProcessError);
        if (domain.P2m is { } table)
        {
            Write(CaptureLineFactory.CreateP2m(domId, table), CaptureJson.Default.CaptureP2mLine);
            WriteAll(CaptureLineFactory.CreateP2mPages(domId, table), CaptureJson.Default.CaptureP2mPageLine);
        }
        WriteError(domId, "p2m", domain.P2mError);
        WriteAll(CaptureLineFactory.CreateNodes(domId, domain), CaptureJson.Default.CaptureXenstoreLine);
    }

    /// <summary>Writes further processor states of a domain from reads in quick succession, after the data of the domain.</summary>
    public void WriteSeries(ushort domId, IReadOnlyList<IReadOnlyList<VcpuContext>> series) =>
        WriteAll(CaptureLineFactory.CreateSeries(domId, series), CaptureJson.Default.CaptureVcpuSeriesLine);

    /// <summary>Writes Xen's output about all channels (debug key <c>e</c>).</summary>
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

    /// <summary>
    /// Writes the line that begins Xen's view of the channels, which was read from a log. The state of each port is written later, with the
    /// domain.
    /// </summary>
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
        Write(CaptureLineFactory.CreateXenDomain(state, states), CaptureJson.Default.CaptureXenDomainLine);
    }

    /// <summary>Writes the reason why Xen's debug key could not be used.</summary>
    public void WriteDebugKey(CapturedError error) => WriteError(null, "debugkey", error);

    /// <summary>Writes the last line, which marks the capture as complete.</summary>
    public void Complete() => WriteLine(new CaptureEndLine { Lines = _lines }, CaptureJson.Default.CaptureEndLine);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isOwned) _text.Dispose();
        else _text.Flush();
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

    private void WriteError(ushort? domId, string part, CapturedError? error)
    {
        if (error is not null) Write(CaptureLineFactory.CreateError(domId, part, error), CaptureJson.Default.CaptureErrorLine);
    }

    private void WriteAll<T>(IEnumerable<T> lines, JsonTypeInfo<T> type)
    {
        foreach (var line in lines) Write(line, type);
    }

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
