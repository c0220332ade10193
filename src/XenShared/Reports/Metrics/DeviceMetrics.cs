namespace XenShared.Reports.Metrics;

/// <summary>Shows the states of both ends of devices as labels. An end without a known state has no sample.</summary>
internal sealed class DeviceMetrics(IEnumerable<XenDevice> devices)
{
    private readonly MetricFamily _state = new(
        "xenshared_device_state",
        "State of one end of a paravirtual device in xenstore, as a label");

    public IEnumerable<MetricFamily> Families()
    {
        foreach (var device in devices)
        {
            Add(device, "frontend", device.FrontendState);
            Add(device, "backend", device.BackendState);
        }
        return [_state];
    }

    private void Add(XenDevice device, string end, XenbusState? state)
    {
        if (state is not { } known) return;
        _state.Add(
            MetricSample.Create(device.HostName, device.DomId, device.DomainName, 1)!
                .With("device", device.Kind)
                .With("id", device.Id)
                .With("end", end)
                .With("state", MetricNames.Snake(known.ToString())));
    }
}
