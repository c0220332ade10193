using System.Runtime.InteropServices;
using XenShared.Hypervisor;
using XenShared.Kernel;
using XenShared.Layout;
using XenShared.Native;

namespace XenShared.Targets;

/// <summary>Reads and writes the local hypervisor from its control domain.</summary>
public sealed class LocalTarget : IXenDataSource, IGuestMemory, IGuestWriter
{
    // The maximum number of attempts to copy a page. A guest can move its page while it is copied: an HVM guest does so once during its
    // start, from the place of the firmware to that of the kernel.
    private const int MapAttempts = 3;

    // A domain can map its own memory only with this special number (DOMID_SELF), not with its own domain number.
    private const uint SelfDomId = 0x7ff0;

    private readonly XenControl _control;
    private readonly ForeignMemory _memory;
    private readonly EventChannels _channels;
    private readonly XenStore? _store;
    private readonly bool _isX86;

    private LocalTarget(XenControl control, ForeignMemory memory, EventChannels channels, XenStore? store, bool isX86)
    {
        _control = control;
        _memory = memory;
        _channels = channels;
        _store = store;
        _isX86 = isX86;
        Host = new HostInfo(Environment.MachineName, control.Version, isX86 ? "x86_64" : "arm64");
    }

    /// <inheritdoc/>
    public string DisplayName => "the local host";

    /// <inheritdoc/>
    public TargetKind Kind => TargetKind.Local;

    /// <inheritdoc/>
    public bool IsLive => true;

    /// <inheritdoc/>
    public DateTimeOffset? TakenAt => null;

    /// <inheritdoc/>
    public IGuestMemory Memory => this;

    /// <inheritdoc/>
    public OwnKernel? OwnKernel => _isX86 ? OwnKernel.Standard : null;

    /// <inheritdoc/>
    public IGuestWriter Writer => this;

    /// <inheritdoc/>
    public bool CanDumpEventChannels => true;

    /// <inheritdoc/>
    public bool CanReadTscInfo => _isX86;

    /// <inheritdoc/>
    public HostInfo Host { get; }

    /// <summary>Opens the local hypervisor.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.XenNotAvailable"/>, <see cref="XenErrorId.XenAccessDenied"/>,
    /// <see cref="XenErrorId.XenLibraryNotFound"/> or <see cref="XenErrorId.XenInterfaceMismatch"/>.</exception>
    public static LocalTarget Open()
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess) throw XenErrorMap.NotAvailable();
        if (NativeLibraries.Load(NativeLibraries.Control) is null && !IsUnderXen()) throw XenErrorMap.NotAvailable();
        var isX86 = RuntimeInformation.ProcessArchitecture == Architecture.X64;
        // If one of these interfaces cannot be opened, those that were opened before it are closed.
        XenControl? control = null;
        ForeignMemory? memory = null;
        EventChannels? channels = null;
        try
        {
            control = XenControl.Open(isX86);
            memory = ForeignMemory.Open();
            channels = new EventChannels(control);
            return new LocalTarget(control, memory, channels, XenStore.TryOpen(out var store) ? store : null, isX86);
        }
        catch
        {
            channels?.Dispose();
            memory?.Dispose();
            control?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<DomainInfo> ReadDomains()
    {
        for (uint next = 0; _control.ReadDomainFrom(next) is { } domain; next = domain.DomId + 1u)
            yield return domain;
    }

    /// <inheritdoc/>
    public DomainInfo ReadDomain(ushort domId) =>
        _control.ReadDomainFrom(domId, domId) is { } domain && domain.DomId == domId ? domain : throw XenErrorMap.NotFound(domId);

    /// <inheritdoc/>
    public DomainSample ReadSample(ushort domId) => _isX86 ? ReadSample(StillThere(domId)) : throw XenErrorMap.NoPageOnArm(domId);

    /// <inheritdoc/>
    public DomainSample ReadSample(DomainInfo domain, bool runStates = true)
    {
        ArgumentNullException.ThrowIfNull(domain);
        var domId = domain.DomId;
        if (!_isX86) throw XenErrorMap.NoPageOnArm(domId);
        XenException? moved = null;
        for (var attempt = 0; attempt < MapAttempts; attempt++)
        {
            if (attempt > 0) domain = StillThere(domId);
            if (domain.InfoError is { } doubt) throw doubt;
            if (domain.SharedInfoFrame is not { } frame)
                throw XenErrorMap.NotMapped(domId, isDying: domain.State == DomainState.Dying);
            var vcpus = runStates ? _control.ReadVcpus(domId, domain.MaxVcpuId) : [];
            try
            {
                var sample = _memory.CopySharedPage(domId, domId == 0 ? SelfDomId : domId, frame);
                // The page of a PV guest never moves. Other guests can move their page while it is copied, and the frame can then contain
                // other data. So the copy is used only if the page is still at the same frame.
                if (domain.Type == DomainType.PV || StillThere(domId).SharedInfoFrame == frame)
                    return sample with { TakenAt = TimeProvider.System.GetUtcNow(), Frame = frame, Vcpus = vcpus };
            }
            catch (XenException error) when (error.Id == XenErrorId.SharedInfoNotMapped)
            {
                moved = error;
            }
        }
        throw domain.State == DomainState.Dying
            ? XenErrorMap.NotMapped(domId, moved?.Operation, moved?.Errno, isDying: true)
            : moved ?? XenErrorMap.NotMapped(domId);
    }

    /// <inheritdoc/>
    public IReadOnlyList<VcpuContext> ReadVcpuContexts(DomainInfo domain) => _isX86 ? new VcpuContextReader(_control).Read(domain) : [];

    /// <inheritdoc/>
    public PortTable ReadPorts(ushort domId) => _channels.ReadPorts(domId);

    /// <inheritdoc/>
    public string? ReadName(ushort domId) => _store?.Read($"/local/domain/{domId}/name");

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ReadDeviceNodes(ushort domId) =>
        _store?.ReadPortNodes(domId) ?? new Dictionary<string, string>();

    /// <inheritdoc/>
    public DeviceTable? ReadDevices(ushort domId) =>
        _store is { } store
            ? new DeviceReader(store.Read, store.List).Read(domId)
            : throw new XenException(
                XenErrorId.NotSupportedByHost,
                $"The devices of domain {domId} are not known, because xenstore cannot be read",
                "see whether xenstored runs and libxenstore is installed")
            {
                DomId = domId,
            };

    /// <inheritdoc/>
    public MappingProcessTable ReadMappingProcesses(ushort domId) => MappingProcessReader.Standard.Read();

    /// <inheritdoc/>
    public WallClockContent? ReadHostClock(DomainSample? sample = null)
    {
        try
        {
            var clock = WallClockContent.Decode((sample ?? ReadSample(0)).Page.Span, SharedInfoLayout.X86_64);
            return clock.IsPlausible ? clock : null;
        }
        catch (XenException error) when (!error.IsFatal)
        {
            // The clock is not known, because the page of the control domain cannot be read. For example, a PVH control domain cannot map
            // its own page.
            return null;
        }
    }

    /// <inheritdoc/>
    public ushort? OwnDomId => 0;

    /// <inheritdoc/>
    public string? ReadStartTime(DomainInfo domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        return _store?.Read($"/vm/{domain.Uuid}/start_time");
    }

    /// <inheritdoc/>
    public int VisitFrames(ushort domId, ReadOnlySpan<ulong> frames, FrameVisitor visit)
    {
        ArgumentNullException.ThrowIfNull(visit);
        return _memory.Visit(domId, frames, visit.Invoke);
    }

    /// <inheritdoc/>
    public ulong ReadHighestFrame(ushort domId) => new GuestMemoryMap(_control).HighestFrame(domId);

    /// <inheritdoc/>
    public bool TryFindMemory(ushort domId, ulong first, Span<bool> hasMemory) =>
        new GuestMemoryMap(_control).TryFindMemory(domId, first, hasMemory);

    /// <inheritdoc/>
    public MemoryHazards ReadHazards(ushort domId, bool isTranslated) => new GuestMemoryMap(_control).ReadHazards(domId, isTranslated);

    /// <inheritdoc/>
    public void WriteFrame(ushort domId, ulong frame, FrameWriter write)
    {
        ArgumentNullException.ThrowIfNull(write);
        _memory.Write(domId, domId == 0 ? SelfDomId : domId, frame, write.Invoke);
    }

    /// <inheritdoc/>
    public void PrepareToSend() => _channels.PrepareToSend();

    /// <inheritdoc/>
    public void SendEvent(uint localPort, ushort domId, uint port) => _channels.Send(localPort, domId, port);

    /// <inheritdoc/>
    public DebugKeyDump DumpEventChannels() => new XenConsole(_control).DumpEventChannels();

    /// <inheritdoc/>
    public TscInfo ReadTscInfo(ushort domId) => _control.ReadTscInfo(domId);

    /// <inheritdoc/>
    public void Dispose()
    {
        _store?.Dispose();
        _channels.Dispose();
        _memory.Dispose();
        _control.Dispose();
    }

    private static bool IsUnderXen() =>
        File.Exists("/proc/xen/capabilities") || File.Exists("/dev/xen/privcmd") || File.Exists("/sys/hypervisor/version/major");

    // Returns the current data of a domain that existed before. If it does not exist now, it has ended. Then the error is "vanished", which
    // differs from the error for a number that never existed.
    private DomainInfo StillThere(ushort domId) =>
        _control.ReadDomainFrom(domId, domId) is { } domain && domain.DomId == domId ? domain : throw XenErrorMap.Vanished(domId);
}
