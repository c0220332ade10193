using XenShared.Hypervisor;
using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>Lists the paravirtual devices of domains, with the states of frontend and backend.</summary>
public sealed class DeviceQuery(IXenDataSource target, IQueryObserver observer)
{
    /// <summary>Gets the usual kinds of devices, which completion offers.</summary>
    public static IReadOnlyList<string> CommonKinds { get; } =
        ["9pfs", "console", "pci", "vbd", "vdispl", "vfb", "vif", "vkbd", "vscsi", "vsnd", "vtpm", "vusb"];

    /// <summary>Gets the kinds of devices to return; empty for all.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [];

    /// <summary>Gets the ports whose devices are returned; empty for all devices.</summary>
    public IReadOnlyList<uint> Ports { get; init; } = [];

    /// <summary>
    /// Streams the devices of the selected domains. Errors of a domain are reported to the observer, and the other domains follow.
    /// </summary>
    public IEnumerable<XenDevice> Run(DomainSelection selection, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        var domains = selection.Read(target, observer, cancellation);
        return target.IsRemote ? RunRemotely([.. domains], cancellation) : Run(target, domains, cancellation);
    }

    // A remote host sends the devices of all domains in one capture, which is faster than a request for each domain.
    private IEnumerable<XenDevice> RunRemotely(DomainInfo[] domains, CancellationToken cancellation)
    {
        if (domains.Length == 0) yield break;
        var request = new CaptureRequest
        {
            DomIds = Array.ConvertAll(domains, domain => domain.DomId),
            Parts = CaptureParts.DeviceStates,
        };
        using var capture = target.TakeCapture(request, cancellation);
        foreach (var device in Run(capture, domains, cancellation)) yield return device;
    }

    private IEnumerable<XenDevice> Run(IXenDataSource source, IEnumerable<DomainInfo> domains, CancellationToken cancellation)
    {
        foreach (var domain in domains)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Read(source, domain.DomId) is not { } table) continue;
            var name = source.ReadName(domain.DomId);
            if (!table.IsComplete) observer.Warn(Incomplete(domain.DomId, name));
            foreach (var device in table.Devices.Select(device => DeviceView.ToDevice(device, domain.DomId, name, target.Host.HostName)))
            {
                if (Accepts(device)) yield return device;
            }
        }
    }

    private DeviceTable? Read(IXenDataSource source, ushort domId)
    {
        try
        {
            return source.ReadDevices(domId) ?? throw NotThere(domId);
        }
        catch (XenException error) when (!error.IsFatal)
        {
            observer.Fail(error);
            return null;
        }
    }

    private bool Accepts(XenDevice device) =>
        (Kinds.Count == 0 || Kinds.Contains(device.Kind, StringComparer.OrdinalIgnoreCase))
        && (Ports.Count == 0 || device.Port.Any(Ports.Contains));

    private XenException NotThere(ushort domId) =>
        new(
            XenErrorId.NotSupportedByHost,
            $"{target.DisplayName} does not contain the devices of domain {domId}",
            "read them from the host itself, or from a capture of it")
        {
            DomId = domId,
        };

    private static QueryWarning Incomplete(ushort domId, string? name) =>
        new(
            domId,
            XenErrorId.NotSupportedByHost,
            $"Domain {domId}{(name is null ? "" : $" ({name})")} has more nodes in xenstore than devices need. Some devices or ports "
                + $"are not listed.");
}
