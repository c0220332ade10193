namespace XenShared.Reports.Html;

/// <summary>Writes the devices of a domain: what xenstore has about their two ends.</summary>
internal static class DevicePart
{
    // The maximum number of devices in the table, because a guest can have 1,024. Devices that are not connected are listed first, so
    // connected ones are omitted first.
    private const int DevicesAtMost = 64;

    public static void Write(HtmlWriter html, DomainReport report)
    {
        if (report.Devices is not { Count: > 0 } devices) return;
        html.Element("h3", "Devices");
        html.Line();
        var shown = devices.OrderBy(IsConnected).Take(DevicesAtMost).ToArray();
        var left = devices.Count - shown.Length;
        var caption = $"Devices of domain {HtmlFormat.Id(report.Domain.DomId)}, according to xenstore"
            + (left > 0 ? $"; {HtmlFormat.Counted(left, "other is", "others are")} left out" : "");
        using var table = new HtmlTable(html, caption, "Device", "Frontend", "Backend", "Backend of", "Hotplug", "Ports", "Errors");
        foreach (var device in shown)
        {
            table.Row(
                $"{device.Kind} {device.Id}",
                null,
                State(device, device.FrontendState),
                State(device, device.BackendState),
                (null, Backend(device)),
                (null, device.HotplugStatus ?? ""),
                (null, HtmlFormat.Ports(device.Port, DevicesAtMost)),
                (device.Error is null ? null : "some", device.Error ?? ""));
        }
    }

    // Returns true if both ends are connected. A device whose frontend has no state counts as connected: the first console of a guest has
    // none, and its backend never leaves its initial state.
    private static bool IsConnected(XenDevice device) =>
        device is { Kind: "console", FrontendState: null } or { FrontendState: XenbusState.Connected, BackendState: XenbusState.Connected };

    private static (string? Class, string Text) State(XenDevice device, XenbusState? state) =>
        (IsConnected(device) || state == XenbusState.Connected ? null : "some", state?.ToString() ?? "");

    private static string Backend(XenDevice device)
    {
        var kind = device.BackendKind is { } other && other != device.Kind ? $"{other} in " : "";
        return device.BackendDomId is { } domId ? $"{kind}domain {HtmlFormat.Id(domId)}" : HtmlFormat.NotKnown;
    }
}
