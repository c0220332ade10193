using XenShared.Files;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Targets.Remote;

/// <summary>
/// Represents a host that is reached by SSH and has <c>xenshared</c>. Data is read as captures, each with only the requested parts. What
/// the host sends is checked like a file, because it is trusted no more than a file.
/// </summary>
public sealed class RemoteTarget : IXenDataSource
{
    private const string Program = "xenshared";
    private const int MaximumLine = 1 << 20;
    private const long MaximumConversation = 64L << 20;

    // Methods such as ReadDevices have no cancellation token, so their requests have a timeout.
    private static readonly TimeSpan s_requestTimeout = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_exitTimeout = TimeSpan.FromSeconds(5);
    private static readonly CaptureLimits s_limits = CaptureLimits.Default with { MaximumBytes = 256L << 20 };

    private readonly SshSession _session;
    private readonly CancellationTokenSource _ending = new();

    // The latest capture with the list of domains, from which names are read without another request.
    private HostCapture? _listed;

    private RemoteTarget(SshDestination destination)
    {
        Destination = destination;
        DisplayName = destination.ToString();
        _session = new SshSession(destination);
        Host = new HostInfo("", new XenVersion(0, 0, ""), "");
    }

    /// <summary>Gets the version of this program. Compatibility with a remote program depends on <see cref="WireProtocol"/> only.</summary>
    public static Version OwnVersion { get; } = typeof(RemoteTarget).Assembly.GetName().Version!;

    /// <summary>Gets the destination.</summary>
    public SshDestination Destination { get; }

    /// <inheritdoc/>
    public string DisplayName { get; }

    /// <inheritdoc/>
    public TargetKind Kind => TargetKind.Remote;

    /// <inheritdoc/>
    public bool IsLive => true;

    /// <inheritdoc/>
    public DateTimeOffset? TakenAt => null;

    /// <inheritdoc/>
    public bool IsRemote => true;

    /// <inheritdoc/>
    public bool CanDumpEventChannels => true;

    /// <inheritdoc/>
    public HostInfo Host { get; private set; }

    /// <summary>Connects to a host, and checks that its <c>xenshared</c> is compatible.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.HostUnreachable"/>, <see cref="XenErrorId.RemoteNotInstalled"/>,
    /// <see cref="XenErrorId.NotSupportedByHost"/> (another wire protocol), and errors on the remote host, such as
    /// <see cref="XenErrorId.XenNotAvailable"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static RemoteTarget Open(SshDestination destination, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var target = new RemoteTarget(destination);
        try
        {
            target.Host = target.Fetch(new CaptureRequest { DomIds = [0] }, cancellation).Host;
            return target;
        }
        catch
        {
            target.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IXenDataSource TakeCapture(CaptureRequest request, CancellationToken cancellation = default) =>
        CaptureTarget.From(Fetch(request, cancellation), DisplayName);

    /// <inheritdoc/>
    public IEnumerable<DomainInfo> ReadDomains()
    {
        _listed = Query(new CaptureRequest());
        return _listed.Domains.Values.Select(domain => domain.Reading);
    }

    /// <inheritdoc/>
    public DomainInfo ReadDomain(ushort domId)
    {
        var capture = Query(new CaptureRequest { DomIds = [domId] });
        var reading = CaptureTarget.From(capture, DisplayName).ReadDomain(domId);
        _listed = capture;
        return reading;
    }

    /// <inheritdoc/>
    public DomainSample ReadSample(ushort domId) => QueryDomain(domId, CaptureParts.Pages).ReadSample(domId);

    /// <inheritdoc/>
    public IReadOnlyList<VcpuContext> ReadVcpuContexts(DomainInfo domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        return QueryDomain(domain.DomId, CaptureParts.VcpuContexts).ReadVcpuContexts(domain);
    }

    /// <inheritdoc/>
    public PortTable ReadPorts(ushort domId) => QueryDomain(domId, CaptureParts.Ports).ReadPorts(domId);

    /// <inheritdoc/>
    public string? ReadName(ushort domId) =>
        (
            _listed?.Domains.GetValueOrDefault(domId) ?? Query(new CaptureRequest { DomIds = [domId] }).Domains.GetValueOrDefault(domId)
        )?.Name;

    /// <inheritdoc/>
    public WallClockContent? ReadHostClock(DomainSample? sample = null) => Query(new CaptureRequest { DomIds = [0] }).HostClock;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ReadDeviceNodes(ushort domId) =>
        QueryDomain(domId, CaptureParts.Devices).ReadDeviceNodes(domId);

    /// <inheritdoc/>
    public DeviceTable? ReadDevices(ushort domId) => QueryDomain(domId, CaptureParts.DeviceStates).ReadDevices(domId);

    /// <inheritdoc/>
    public MappingProcessTable? ReadMappingProcesses(ushort domId) =>
        QueryDomain(domId, CaptureParts.MappingProcesses).ReadMappingProcesses(domId);

    /// <inheritdoc/>
    public P2mPages? ReadP2m(ushort domId, ulong first, ulong count)
    {
        var request = new CaptureRequest { DomIds = [domId], Parts = CaptureParts.P2m, FirstP2mPage = first, P2mPageCount = count };
        return CaptureTarget.From(Query(request), DisplayName).ReadP2m(domId, first, count);
    }

    /// <inheritdoc/>
    public DebugKeyDump DumpEventChannels()
    {
        var capture = Query(new CaptureRequest { DomIds = [0], Parts = CaptureParts.DebugKey });
        if (capture.DebugKeyError is { } error) throw error.ToException(DisplayName);
        return capture.DebugKey ?? throw WireProtocol.PeerIsOlder(DisplayName, "it did not read the channels from Xen");
    }

    /// <inheritdoc/>
    public void Exchange(string request, Func<WireMessage, string?> onMessage, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(onMessage);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _ending.Token);
        using var channel = _session.Start(ShellQuoting.Join([Program, "poke", "--request=-", "--wire"]), ending.Token);
        using var stream = new RemoteStream(channel, _ => { }, ending.Token);
        var lines = new BoundedLineReader(stream, MaximumLine, MaximumConversation);
        var isGreeted = false;
        try
        {
            while (lines.Read() is { } bytes)
            {
                if (!WireMessage.TryRead(bytes.Span, out var line))
                {
                    // If the first message is not readable, the remote program may use another protocol. The error is then the same as if
                    // it had sent no first message (hello).
                    if (!isGreeted && bytes.Span.StartsWith("{"u8)) throw WireProtocol.Check(DisplayName, null)!;
                    throw new InvalidDataException($"'{StandardErrorReader.Text(bytes.Span)}'");
                }
                if (!isGreeted)
                {
                    // Nothing is sent before both ends are known to use the same protocol.
                    if (WireProtocol.Check(DisplayName, line.Kind == WireMessage.Hello ? line : null) is { } mismatch) throw mismatch;
                    isGreeted = true;
                    WriteLine(channel, request);
                    continue;
                }
                if (line.Kind == WireMessage.End) return;
                if (line.ToException(DisplayName) is { } error) throw error;
                if (onMessage(line) is { } answer) WriteLine(channel, answer);
            }
        }
        catch (InvalidDataException error)
        {
            channel.Kill();
            throw new XenException(
                XenErrorId.FileDamaged,
                $"{DisplayName} sent a message that cannot be read: {error.Message}",
                "check whether start files of the shell there print something, and read the domain before you write again",
                error);
        }
        var status = channel.WaitForEnd(s_exitTimeout);
        var failure = SshFailure.FromStatus(DisplayName, status, channel.LastErrorLine ?? _session.LastErrorLine);
        throw failure is { Id: not XenErrorId.HostUnreachable }
            ? failure
            : new XenException(
                XenErrorId.HostUnreachable,
                $"The connection to {DisplayName} ended before its answer{InBrackets(channel.LastErrorLine)}, and what "
                    + $"was done there is not known",
                "read the domain before you write again");
    }

    /// <inheritdoc/>
    public void Cancel() => _ending.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        _ending.Cancel();
        _session.Dispose();
    }

    private static void WriteLine(SshChannel channel, string line)
    {
        try
        {
            channel.Input.Write(System.Text.Encoding.UTF8.GetBytes(line + "\n"));
            channel.Input.Flush();
        }
        catch (IOException)
        {
            // The ssh process has ended, so the line could not be written. This is not reported here, because the caller continues to read
            // the output of ssh, which can contain the reason.
        }
    }

    private CaptureTarget QueryDomain(ushort domId, CaptureParts parts) =>
        CaptureTarget.From(Query(new CaptureRequest { DomIds = [domId], Parts = parts }), DisplayName);

    private HostCapture Query(CaptureRequest request)
    {
        using var limit = new CancellationTokenSource(s_requestTimeout);
        try
        {
            return Fetch(request, limit.Token);
        }
        catch (OperationCanceledException) when (!_ending.IsCancellationRequested)
        {
            throw SshFailure.Unreachable(
                DisplayName,
                $"it did not answer within {s_requestTimeout.TotalSeconds:0} s");
        }
    }

    private HostCapture Fetch(CaptureRequest request, CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _ending.Token);
        // The input stays open, because the remote program ends when its input is closed.
        using var channel = _session.Start(ShellQuoting.Join([Program, "capture", "-", "--wire", .. request.ToArguments()]), ending.Token);
        XenException? remoteError = null;
        WireMessage? hello = null;
        using var stream = new RemoteStream(channel, OnMessage, ending.Token);
        try
        {
            var capture = CaptureReader.Read(stream, DisplayName, s_limits, ending.Token);
            channel.WaitForEnd(s_exitTimeout);
            stream.Pump();
            return (remoteError ?? WireProtocol.Check(DisplayName, hello)) is { } error ? throw error : capture;
        }
        catch (XenException error) when (error.Id is XenErrorId.FileNotRecognised or XenErrorId.FileDamaged && error != remoteError)
        {
            if (!stream.HasEnded) channel.Kill();
            var status = channel.WaitForEnd(s_exitTimeout);
            stream.Pump();
            // The capture could not be read. The most likely cause is thrown: an error that the remote program reported, then another
            // protocol. If there is neither, WhyNot looks for a failure of ssh, and otherwise reports that the data is damaged.
            throw remoteError
                ?? (hello is null ? null : WireProtocol.Check(DisplayName, hello))
                ?? WhyNot(status, channel, error, stream.HasEnded);
        }

        // Processes a message that the remote program wrote to standard error. Of the errors, only one of the whole request is kept: the
        // capture itself contains the errors of single domains.
        void OnMessage(WireMessage line)
        {
            if (line.Kind == WireMessage.Hello)
                hello ??= line;
            else if (line.Kind == WireMessage.Progress)
                request.Progress?.Invoke(line);
            else if (line.ToException(DisplayName) is { } error
                && (error.IsFatal || error.Id == XenErrorId.XenAccessDenied && error.DomId is null))
                remoteError = error;
        }
    }

    private XenException WhyNot(int status, SshChannel channel, XenException error, bool hasEnded)
    {
        if (channel.WasFlooded)
            return SshFailure.Flooded(DisplayName);
        if (hasEnded && SshFailure.FromStatus(DisplayName, status, channel.LastErrorLine ?? _session.LastErrorLine) is { } failure)
            return failure;
        if (hasEnded && status != 0 && error.Id == XenErrorId.FileDamaged)
            return SshFailure.Broken(DisplayName, "in the middle of an answer", channel.LastErrorLine);
        return error.Id == XenErrorId.FileDamaged
            ? new XenException(
                XenErrorId.FileDamaged,
                $"The data from {DisplayName} cannot be used: {error.Problem}",
                "check which xenshared is installed there",
                error)
            : new XenException(
                XenErrorId.FileDamaged,
                $"The data from {DisplayName} is not a capture{InBrackets(channel.LastErrorLine)}",
                "check whether start files of the shell there print something, and which xenshared is installed",
                error);
    }

    private static string InBrackets(string? text) => text is null ? "" : $" ({text})";
}
