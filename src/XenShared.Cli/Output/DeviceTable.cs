namespace XenShared.Cli.Output;

/// <summary>Prints devices as a table of 80 columns, or as a wider one.</summary>
internal static class DeviceTable
{
    private static readonly (string Heading, int Width)[] s_columns =
        [("DOM", -5), ("KIND", 7), ("ID", 8), ("BACKEND", -7), ("FRONT STATE", 13), ("BACK STATE", 13), ("HOTPLUG", 9), ("PORTS", 10)];

    private static readonly (string Heading, int Width)[] s_wideColumns =
        [("BACK KIND", 9), ("RINGS", 10), ("DOMAIN", 22), ("HOST", 16), ("ERROR", 5)];

    public static int Write(IEnumerable<XenDevice> devices, bool isWide)
    {
        var table = new TextTable(s_columns, s_wideColumns, isWide);
        var count = 0;
        foreach (var device in devices)
        {
            table.Add(Cells(device), isWide ? WideCells(device) : []);
            count++;
        }
        return count;
    }

    private static string[] Cells(XenDevice device) =>
    [
        TextFormat.Number<ushort>(device.DomId),
        device.Kind,
        device.Id,
        TextFormat.Number(device.BackendDomId),
        device.FrontendState?.ToString() ?? "-",
        device.BackendState?.ToString() ?? "-",
        device.HotplugStatus ?? "-",
        string.Join(' ', device.Port),
    ];

    private static string[] WideCells(XenDevice device) =>
    [
        device.BackendKind ?? "?",
        string.Join(' ', device.RingReference),
        device.DomainName ?? "?",
        device.HostName,
        device.Error ?? "",
    ];
}
