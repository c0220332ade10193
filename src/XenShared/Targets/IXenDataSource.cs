using XenShared.Files.DebugKeys;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Targets;

/// <summary>
/// Answers questions about the domains of one host: the local hypervisor, a host reached by SSH, a file, or a simulated host. Properties
/// say what a source can do, so that no caller asks for its class. Every method throws <see cref="XenException"/> with the id that fits.
/// Not safe for use by several threads at once.
/// </summary>
public interface IXenDataSource : IDisposable
{
    /// <summary>Gets the name for messages, such as <c>the local host</c> or a file name.</summary>
    string DisplayName { get; }

    /// <summary>Gets the kind.</summary>
    TargetKind Kind { get; }

    /// <summary>Gets the host.</summary>
    HostInfo Host { get; }

    /// <summary>Gets a value indicating whether an answer can change from one question to the next. False for a file.</summary>
    bool IsLive { get; }

    /// <summary>
    /// Gets a value indicating whether the source changes with real time, so that a sample taken later can differ. False for a file, and
    /// for a simulated host, whose time moves with each question: nobody waits for them.
    /// </summary>
    bool IsRealTime => IsLive;

    /// <summary>
    /// Gets the time at which a file was made; null when the file does not carry a time, and for a live source, which answers as of now.
    /// </summary>
    DateTimeOffset? TakenAt { get; }

    /// <summary>
    /// Gets a value indicating whether the host is another one, where <c>xenshared</c> reads its guests into captures and writes them.
    /// </summary>
    bool IsRemote => false;

    /// <summary>Gets the memory of the guests, to read only; null when the source does not give access to it.</summary>
    IGuestMemory? Memory => null;

    /// <summary>Gets the way to write to guests and to send events; null when the source cannot be written from here.</summary>
    IGuestWriter? Writer => null;

    /// <summary>
    /// Gets a value indicating whether the source holds what was found in guests' memory when it was made (<see cref="ReadEventArray"/>,
    /// <see cref="ReadVcpuRecords"/>): there is nothing to search.
    /// </summary>
    bool HasLocations => false;

    /// <summary>Gets Xen's own view of event channels as it was printed at some time; null when the source holds none.</summary>
    HypervisorChannels? Channels => null;

    /// <summary>Gets a remark about <see cref="Channels"/> as a whole; null when they are the latest, and complete.</summary>
    string? ChannelsRemark => null;

    /// <summary>
    /// Gets a value indicating whether Xen can be asked for its own view of event channels by <see cref="DumpEventChannels"/>.
    /// </summary>
    bool CanDumpEventChannels => false;

    /// <summary>Reads all domains, lowest number first, dying ones included; each is asked for when it is its turn.</summary>
    IEnumerable<DomainInfo> ReadDomains();

    /// <summary>Reads one domain, as it is now.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.DomainNotFound"/>.</exception>
    DomainInfo ReadDomain(ushort domId);

    /// <summary>Copies the domain's page, with its vCPUs' run times.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.SharedInfoNotMapped"/>, <see cref="XenErrorId.SharedInfoOfOwnDomain"/>,
    /// <see cref="XenErrorId.DomainVanished"/>, <see cref="XenErrorId.NotSupportedByHost"/> (Arm).</exception>
    DomainSample ReadSample(ushort domId);

    /// <summary>Copies the page of a domain that was listed a moment ago, which saves looking it up once more.</summary>
    /// <exception cref="XenException">As <see cref="ReadSample(ushort)"/>.</exception>
    DomainSample ReadSample(DomainInfo domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        return ReadSample(domain.DomId);
    }

    /// <summary>Reads all samples of a listed domain that can be had without waiting, oldest first. A file may have none.</summary>
    /// <exception cref="XenException">As <see cref="ReadSample(ushort)"/>.</exception>
    IReadOnlyList<DomainSample> ReadSamples(DomainInfo domain) => [ReadSample(domain)];

    /// <summary>Reads the domain's ports.</summary>
    PortTable ReadPorts(ushort domId);

    /// <summary>Reads the domain's name; null when xenstore has none or cannot be asked.</summary>
    string? ReadName(ushort domId);

    /// <summary>Reads the wall clock of the control domain, which has no time offset; null when it cannot be read.</summary>
    /// <param name="sample">A sample of the control domain that the caller has, which saves reading its page again; null for none.</param>
    WallClockContent? ReadHostClock(DomainSample? sample = null);

    /// <summary>
    /// Reads what xenstore says about the domain's ports: paths below its home (<c>console/port</c>, <c>device/vif/0/event-channel</c>,
    /// ...) and their values.
    /// </summary>
    IReadOnlyDictionary<string, string> ReadDeviceNodes(ushort domId);

    /// <summary>
    /// Reads the domain's event array, of a source that <see cref="HasLocations"/>; null when it was not found, or not searched for.
    /// </summary>
    /// <param name="domId">The domain.</param>
    /// <param name="whyNot">Why it was not found; null when it was, or was not searched for.</param>
    LocatedEventArray? ReadEventArray(ushort domId, out XenException? whyNot)
    {
        whyNot = null;
        return null;
    }

    /// <summary>
    /// Reads the domain's <c>vcpu_info</c> records outside its shared page, of a source that <see cref="HasLocations"/>; empty when none
    /// was found.
    /// </summary>
    /// <param name="domId">The domain.</param>
    /// <param name="whyNot">Why some were not found; null when none is missing, or they were not searched for.</param>
    IReadOnlyList<LocatedVcpuInfo> ReadVcpuRecords(ushort domId, out XenException? whyNot)
    {
        whyNot = null;
        return [];
    }

    /// <summary>
    /// Makes Xen print the state of the event channels of all domains (debug key <c>e</c>), and reads what it printed. This changes no
    /// guest; the text stands in Xen's log, where it takes the room of older lines. No other key can be sent: some are not harmless
    /// (<c>q</c> interrupts every guest).
    /// </summary>
    /// <exception cref="XenException"><see cref="XenErrorId.XenAccessDenied"/>, <see cref="XenErrorId.XenInterfaceMismatch"/>,
    /// <see cref="XenErrorId.XenLibraryNotFound"/> or <see cref="XenErrorId.NotSupportedByHost"/>.</exception>
    DebugKeyDump DumpEventChannels() =>
        throw new XenException(XenErrorId.NotSupportedByHost, $"{DisplayName} cannot ask Xen", "leave the source out to see what it holds");

    /// <summary>
    /// Takes a capture now, of a host that <see cref="IsRemote"/>: one for each question, with all that the question needs, instead of many
    /// small questions.
    /// </summary>
    /// <exception cref="XenException"><see cref="XenErrorId.HostUnreachable"/>, <see cref="XenErrorId.RemoteNotInstalled"/>,
    /// <see cref="XenErrorId.FileDamaged"/>: the answer is no capture; and errors of the host's own data source.</exception>
    IXenDataSource TakeCapture(CaptureRequest request, CancellationToken cancellation = default) => throw new NotSupportedException();

    /// <summary>
    /// Runs a writing command of <c>xenshared</c> at a host that <see cref="IsRemote"/>, where guards can look and write within a moment.
    /// </summary>
    /// <param name="arguments">The command and its options.</param>
    /// <param name="input">A line that the command reads first; null for none.</param>
    /// <param name="onMessage">Gets each message, and returns the reply; null where none is wanted.</param>
    /// <param name="cancellation">Cancels it. A question without a reply is a no.</param>
    /// <exception cref="XenException">An error of the command; <see cref="XenErrorId.HostUnreachable"/> when the connection ended before it
    /// did.</exception>
    void Exchange(
        IReadOnlyList<string> arguments,
        string? input,
        Func<WireMessage, string?> onMessage,
        CancellationToken cancellation = default
    ) => throw new NotSupportedException();

    /// <summary>
    /// Cancels questions that other threads have under way and that can take long; such a question ends with
    /// <see cref="OperationCanceledException"/>. Any thread may call it, and the source is disposed of afterwards.
    /// </summary>
    void Cancel()
    {
        // Most sources answer at once.
    }
}
