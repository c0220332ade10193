using XenShared.Hypervisor;

namespace XenShared.Files;

/// <summary>Reads the devices of a capture, and checks the lengths of their names, values and lists.</summary>
/// <param name="damaged">Creates the error of a line that is not valid.</param>
internal sealed class DeviceLineReader(Func<string, XenException> damaged)
{
    /// <summary>Adds the devices of a line to those of the domain.</summary>
    public void Add(CapturedDomain domain, CaptureDevicesLine line)
    {
        var before = domain.Devices?.Devices ?? [];
        if (before.Count + Need(line.Devices, "devices").Length > DeviceInfo.MaximumDevices)
            throw damaged($"domain {line.Domid} has more than {DeviceInfo.MaximumDevices} devices");
        if (domain.Devices is { } table && table.IsComplete == line.CutOff)
            throw damaged($"the lines of the devices of domain {line.Domid} do not agree");
        domain.Devices = new DeviceTable(
            [.. before, .. line.Devices.Select(device => ToDevice(line.Domid, Need(device, "value of a device")))],
            IsComplete: !line.CutOff);
    }

    private DeviceInfo ToDevice(ushort domId, CaptureDevice device)
    {
        if (!DeviceInfo.IsName(device.Device) || !DeviceInfo.IsName(device.Id))
            throw damaged($"the name of a device of domain {domId} is not valid");
        if (device.BackendKind is { } kind && !DeviceInfo.IsName(kind))
            throw damaged($"the backend of a device of domain {domId} is not valid");
        return new DeviceInfo
        {
            Kind = device.Device,
            Id = device.Id,
            Frontend = CheckNodes(domId, device.Frontend),
            BackendDomId = device.BackendDomid,
            BackendKind = device.BackendKind,
            Backend = CheckNodes(domId, device.Backend),
            HotplugError = CheckError(domId, device.HotplugError),
            BackendError = CheckError(domId, device.BackendError),
            FrontendError = CheckError(domId, device.FrontendError),
        };
    }

    private SortedDictionary<string, string> CheckNodes(ushort domId, Dictionary<string, string>? nodes)
    {
        if (Need(nodes, "nodes of a device").Count > DeviceInfo.MaximumNodes)
            throw damaged($"a device of domain {domId} has more than {DeviceInfo.MaximumNodes} nodes");
        foreach (var (path, value) in nodes!)
        {
            if (path.Length > DeviceInfo.MaximumPath || Need(value, "value of a node").Length > DeviceInfo.MaximumValue)
                throw damaged($"a node of a device of domain {domId} is too long");
        }
        return new SortedDictionary<string, string>(nodes, StringComparer.Ordinal);
    }

    private string? CheckError(ushort domId, string? text) =>
        text is { Length: > DeviceInfo.MaximumError } ? throw damaged($"an error of a device of domain {domId} is too long") : text;

    private T Need<T>(T? value, string name)
        where T : class => value ?? throw damaged($"it has no {name}");
}
