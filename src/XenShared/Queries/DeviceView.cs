using System.Globalization;
using XenShared.Hypervisor;

namespace XenShared.Queries;

/// <summary>Creates the objects of devices from their xenstore nodes. A node whose value is not valid is ignored.</summary>
internal static class DeviceView
{
    // The number of ports that the FIFO ABI permits. A number in xenstore that is not below it cannot be a port.
    private const uint MaximumPorts = 1 << 17;

    /// <summary>Creates the object of a device.</summary>
    public static XenDevice ToDevice(DeviceInfo device, ushort domId, string? domainName, string hostName) =>
        new()
        {
            DomId = domId,
            DomainName = domainName,
            Kind = device.Kind,
            Id = device.Id,
            BackendDomId = device.BackendDomId,
            BackendKind = device.BackendKind,
            FrontendState = ReadState(device.Frontend),
            BackendState = ReadState(device.Backend),
            HotplugStatus = device.Backend.GetValueOrDefault("hotplug-status") is { Length: > 0 } status ? status : null,
            Error = ReadError(device),
            Port = new ValueList<uint>(ReadPorts(device)),
            RingReference = new ValueList<ulong>(ReadRings(device)),
            HostName = hostName,
        };

    private static XenbusState? ReadState(IReadOnlyDictionary<string, string> nodes) =>
        byte.TryParse(nodes.GetValueOrDefault("state"), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && Enum.IsDefined((XenbusState)number)
            ? (XenbusState)number
            : null;

    private static string? ReadError(DeviceInfo device)
    {
        var texts = new[] { ("hotplug", device.HotplugError), ("backend", device.BackendError), ("frontend", device.FrontendError) }
            .Where(text => text.Item2 is not null)
            .Select(text => $"{text.Item1}: {text.Item2}")
            .ToArray();
        return texts.Length == 0 ? null : string.Join("; ", texts);
    }

    private static IEnumerable<uint> ReadPorts(DeviceInfo device) =>
        device.Frontend
            .Where(node => DeviceReader.IsPort(Leaf(node.Key)))
            .Select(node => uint.TryParse(node.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0)
            .Where(port => port is > 0 and < MaximumPorts)
            .Distinct()
            .Order();

    private static IEnumerable<ulong> ReadRings(DeviceInfo device) =>
        device.Frontend
            .Where(node => DeviceReader.IsRing(Leaf(node.Key)))
            .OrderBy(node => node.Key, StringComparer.Ordinal)
            .Select(node => ulong.TryParse(node.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var ring) ? ring : (ulong?)null)
            .OfType<ulong>();

    private static string Leaf(string path) => path[(path.LastIndexOf('/') + 1)..];
}
