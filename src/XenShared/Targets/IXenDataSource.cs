using XenShared.Files.DebugKeys;
using XenShared.Hypervisor;
using XenShared.Kernel;
using XenShared.Layout;

namespace XenShared.Targets;

/// <summary>
/// Provides data about the domains of one host: the local hypervisor, a host reached by SSH, a file, or a simulated host. Its properties
/// describe what it supports, so that no caller needs to know its class. Every method throws <see cref="XenException"/> with the
/// appropriate id. It must not be used by several threads at the same time.
/// </summary>
public interface IXenDataSource : IDisposable
{
    /// <summary>Gets the name for messages, such as <c>the local host</c> or a file name.</summary>
    string DisplayName { get; }

    /// <summary>Gets the kind.</summary>
    TargetKind Kind { get; }

    /// <summary>Gets the host.</summary>
    HostInfo Host { get; }

    /// <summary>Gets a value indicating whether the data can change between two reads. False for a file.</summary>
    bool IsLive { get; }

    /// <summary>
    /// Gets a value indicating whether the data changes with real time, so that waiting between samples is useful. False for a file, and
    /// for a simulated host, whose time advances with each read.
    /// </summary>
    bool IsRealTime => IsLive;

    /// <summary>Gets the time at which a file was made; null if the file does not contain it, and for a live source.</summary>
    DateTimeOffset? TakenAt { get; }

    /// <summary>
    /// Gets a value indicating whether the host is remote. If so, the <c>xenshared</c> on that host reads guests into captures, and
    /// executes requests to write.
    /// </summary>
    bool IsRemote => false;

    /// <summary>Gets read access to guest memory; null if the source does not have it.</summary>
    IGuestMemory? Memory => null;

    /// <summary>Gets the kernel of the control domain on which this program runs; null if the source does not have it.</summary>
    OwnKernel? OwnKernel => null;

    /// <summary>Gets write access to guests; null if the source cannot be written directly.</summary>
    IGuestWriter? Writer => null;

    /// <summary>
    /// Gets a value indicating whether the source contains the results of an earlier search of guest memory (<see cref="ReadEventArray"/>,
    /// <see cref="ReadVcpuRecords"/>), so that no search is necessary.
    /// </summary>
    bool HasLocations => false;

    /// <summary>Gets the event channels as Xen printed them (debug key <c>e</c>), from a file; null if the source has none.</summary>
    HypervisorChannels? Channels => null;

    /// <summary>Gets a remark about the channels in a text; null if they are complete and from the latest dump.</summary>
    string? ChannelsRemark => null;

    /// <summary>Gets the states of domains and vCPUs from the output of debug key <c>q</c>; null if the source has none.</summary>
    HypervisorDomainStates? DomainStates => null;

    /// <summary>Gets a value indicating whether <see cref="DumpEventChannels"/> is supported.</summary>
    bool CanDumpEventChannels => false;

    /// <summary>Gets a value indicating whether <see cref="ReadTscInfo"/> is supported.</summary>
    bool CanReadTscInfo => false;

    /// <summary>
    /// Gets the successive reads of the host in a capture, oldest first. Any other source returns only itself. A state that is the same in
    /// each read is a lasting one.
    /// </summary>
    IReadOnlyList<IXenDataSource> Reads => [this];

    /// <summary>
    /// Gets the earlier dumps of a console log since the last start of Xen, oldest first; empty for any other source. Xen does not use the
    /// number of a domain again in this time, so a domain without a UUID is known by its number.
    /// </summary>
    IReadOnlyList<IXenDataSource> EarlierDumps => [];

    /// <summary>Returns the time of the data of a domain that is read now; null if the time is not known.</summary>
    DateTimeOffset? GetTime(ushort domId) => IsLive ? TimeProvider.System.GetUtcNow() : TakenAt;

    /// <summary>Reads all domains, including dying ones, lowest number first. Each is read on enumeration.</summary>
    IEnumerable<DomainInfo> ReadDomains();

    /// <summary>Reads the present state of one domain.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.DomainNotFound"/>.</exception>
    DomainInfo ReadDomain(ushort domId);

    /// <summary>Copies the domain's page, and reads the run states of its vCPUs.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.SharedInfoNotMapped"/>, <see cref="XenErrorId.SharedInfoOfOwnDomain"/>,
    /// <see cref="XenErrorId.DomainVanished"/>, <see cref="XenErrorId.NotSupportedByHost"/> (Arm).</exception>
    DomainSample ReadSample(ushort domId);

    /// <summary>Copies the page of a domain that has just been listed, so that the domain need not be read again.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="runStates">Whether to read the run states of its vCPUs too. A file returns those that it contains.</param>
    /// <exception cref="XenException">As <see cref="ReadSample(ushort)"/>.</exception>
    DomainSample ReadSample(DomainInfo domain, bool runStates = true)
    {
        ArgumentNullException.ThrowIfNull(domain);
        return ReadSample(domain.DomId);
    }

    /// <summary>Reads all samples of a listed domain that are available without waiting, oldest first. A file can have none.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="runStates">Whether to read the run states of its vCPUs too. A file returns those that it contains.</param>
    /// <exception cref="XenException">As <see cref="ReadSample(ushort)"/>.</exception>
    IReadOnlyList<DomainSample> ReadSamples(DomainInfo domain, bool runStates = true) => [ReadSample(domain, runStates)];

    /// <summary>
    /// Reads the processor states of a domain's vCPUs; empty if the source does not have them. Xen pauses each vCPU for microseconds. A
    /// value that cannot be read is null, and its reason is stored.
    /// </summary>
    IReadOnlyList<VcpuContext> ReadVcpuContexts(DomainInfo domain) => [];

    /// <summary>
    /// Reads processor states that a capture contains besides those of <see cref="Reads"/>: from many reads in quick succession, oldest
    /// first. Empty if it contains none, and for any other source.
    /// </summary>
    IReadOnlyList<IReadOnlyList<VcpuContext>> ReadContextSeries(DomainInfo domain) => [];

    /// <summary>Reads the domain's ports.</summary>
    PortTable ReadPorts(ushort domId);

    /// <summary>Reads the domain's name; null if xenstore has none or cannot be read.</summary>
    string? ReadName(ushort domId);

    /// <summary>Reads the wall clock of the control domain, which has no time offset; null if it cannot be read.</summary>
    /// <param name="sample">A sample of the control domain, which saves reading its page again; null for none.</param>
    WallClockContent? ReadHostClock(DomainSample? sample = null);

    /// <summary>
    /// Reads the xenstore nodes about the domain's ports: paths relative to its home (<c>console/port</c>,
    /// <c>device/vif/0/event-channel</c>, ...) and their values.
    /// </summary>
    IReadOnlyDictionary<string, string> ReadDeviceNodes(ushort domId);

    /// <summary>Reads the domain's devices: the xenstore nodes of both ends. Null if the source does not contain them.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.NotSupportedByHost"/>: xenstore cannot be read.</exception>
    DeviceTable? ReadDevices(ushort domId) => null;

    /// <summary>
    /// Reads the processes of the control domain that can hold a dying domain. Null if the source does not contain them.
    /// </summary>
    /// <exception cref="XenException"><see cref="XenErrorId.NotSupportedByHost"/>: the processes cannot be listed.</exception>
    MappingProcessTable? ReadMappingProcesses(ushort domId) => null;

    /// <summary>
    /// Reads pages of a PV guest's P2M table from a source that has copies of them. Null if it has none, and for a source with
    /// <see cref="Memory"/>, in which the table is found. A capture returns the pages that it contains, even if they are others.
    /// </summary>
    /// <param name="domId">The guest.</param>
    /// <param name="first">The index of the first page.</param>
    /// <param name="count">The number of pages.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.NotSupportedByHost"/>: the guest has no such table, or it cannot be
    /// read.</exception>
    P2mPages? ReadP2m(ushort domId, ulong first, ulong count) => null;

    /// <summary>
    /// Reads the domain's event array as an earlier search found it (<see cref="HasLocations"/>); null if it was not found or not searched
    /// for.
    /// </summary>
    /// <param name="domId">The domain.</param>
    /// <param name="whyNot">The reason why it was not found; null if it was found or not searched for.</param>
    LocatedEventArray? ReadEventArray(ushort domId, out XenException? whyNot)
    {
        whyNot = null;
        return null;
    }

    /// <summary>
    /// Reads the <c>vcpu_info</c> structures outside the domain's shared page as an earlier search found them (<see cref="HasLocations"/>);
    /// empty if none was found.
    /// </summary>
    /// <param name="domId">The domain.</param>
    /// <param name="whyNot">The reason why some were not found; null if none is missing or they were not searched for.</param>
    IReadOnlyList<LocatedVcpuInfo> ReadVcpuRecords(ushort domId, out XenException? whyNot)
    {
        whyNot = null;
        return [];
    }

    /// <summary>
    /// Reads the control blocks of FIFO events as an earlier search found them (<see cref="HasLocations"/>), at most one for each vCPU.
    /// </summary>
    /// <param name="domId">The domain.</param>
    /// <param name="whyNot">The reason why some are not known; null if none is missing.</param>
    IReadOnlyList<LocatedControlBlock> ReadControlBlocks(ushort domId, out XenException? whyNot)
    {
        whyNot = new XenException(
            XenErrorId.NotSupportedByHost,
            $"{DisplayName} does not contain the control blocks of domain {domId}",
            "read them on its host")
        {
            DomId = domId,
        };
        return [];
    }

    /// <summary>
    /// Makes Xen print the state of the event channels of all domains (debug key <c>e</c>), and reads this output. It changes no guest, but
    /// the output replaces older lines in Xen's log. Other keys are not supported, because some are not harmless (<c>q</c> interrupts every
    /// guest).
    /// </summary>
    /// <exception cref="XenException"><see cref="XenErrorId.XenAccessDenied"/>, <see cref="XenErrorId.XenInterfaceMismatch"/>,
    /// <see cref="XenErrorId.XenLibraryNotFound"/> or <see cref="XenErrorId.NotSupportedByHost"/>.</exception>
    DebugKeyDump DumpEventChannels() =>
        throw new XenException(XenErrorId.NotSupportedByHost, $"{DisplayName} cannot read from Xen", "omit the source to see its own data");

    /// <summary>Reads how Xen presents the TSC to a domain. Xen pauses the whole domain for the call, about 26 us.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.NotSupportedByHost"/>: also for the domain on which this program runs;
    /// <see cref="XenErrorId.DomainVanished"/>, <see cref="XenErrorId.XenAccessDenied"/>.</exception>
    TscInfo ReadTscInfo(ushort domId) =>
        throw new XenException(
            XenErrorId.NotSupportedByHost,
            $"{DisplayName} does not contain the TSC modes of domains",
            "read them on the host")
        {
            DomId = domId,
        };

    /// <summary>
    /// Takes a capture of a remote host: one for each query, with all data that the query needs, instead of many small requests.
    /// </summary>
    /// <exception cref="XenException"><see cref="XenErrorId.HostUnreachable"/>, <see cref="XenErrorId.RemoteNotInstalled"/>,
    /// <see cref="XenErrorId.FileDamaged"/>: the answer is not a capture; and errors of the data source on the host.</exception>
    IXenDataSource TakeCapture(CaptureRequest request, CancellationToken cancellation = default) => throw new NotSupportedException();

    /// <summary>Executes a write request on a remote host, so that no network delay lies between the guards and the write.</summary>
    /// <param name="request">The request, as a line of JSON.</param>
    /// <param name="onMessage">Receives each message, and returns the reply; null if there is none.</param>
    /// <param name="cancellation">Cancels the request. A prompt without a reply counts as no.</param>
    /// <exception cref="XenException">An error of the request; <see cref="XenErrorId.HostUnreachable"/> if the connection ended before the
    /// request was completed, so it is not known what was done.</exception>
    void Exchange(string request, Func<WireMessage, string?> onMessage, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    /// <summary>
    /// Cancels long reads on other threads, which then throw <see cref="OperationCanceledException"/>. Any thread may call it. The caller
    /// disposes the source afterwards.
    /// </summary>
    void Cancel()
    {
        // Does nothing by default, because reads of most sources are too short to be cancelled.
    }
}
