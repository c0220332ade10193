namespace XenShared.Cli.Output;

/// <summary>Prints vCPU records as a table of 80 columns, or as a wider one.</summary>
internal static class VcpuTable
{
    private static readonly (string Heading, int Width)[] s_columns =
    [
        ("DOM", -5), ("VCPU", -4), ("LIVE", 5), ("PENDING", 7), ("MASK", 4), ("SELECTOR", 18), ("SYSTEM TIME", -13), ("WHERE", 17),
    ];

    private static readonly (string Heading, int Width)[] s_wideColumns =
        [("SOURCE", 11), ("STATE", 8), ("CPU", 3), ("AFFINITY", 10), ("DOMAIN", 22), ("HOST", 16), ("EVIDENCE", 8)];

    public static int Write(IEnumerable<XenVcpuInfo> vcpus, bool isWide)
    {
        var table = new TextTable(s_columns, s_wideColumns, isWide);
        var count = 0;
        foreach (var vcpu in vcpus)
        {
            table.Add(Cells(vcpu), isWide ? WideCells(vcpu) : []);
            count++;
        }
        return count;
    }

    private static string[] Cells(XenVcpuInfo vcpu) =>
    [
        TextFormat.Number<ushort>(vcpu.DomId),
        TextFormat.Number<int>(vcpu.Vcpu),
        TextFormat.Live(vcpu.IsLive),
        TextFormat.Bit(vcpu.UpcallPending),
        TextFormat.Bit(vcpu.UpcallMask),
        TextFormat.Hex(vcpu.PendingSelector),
        vcpu.Time is { } time ? TextFormat.Seconds(time.SystemTime) : "?",
        vcpu.Location,
    ];

    private static string[] WideCells(XenVcpuInfo vcpu) =>
    [
        vcpu.Source?.ToString() ?? "?",
        vcpu.RunState?.ToString() ?? "?",
        vcpu.Cpu is { } cpu ? TextFormat.Number<int>(cpu) : "?",
        vcpu.HardAffinity is { } hard ? vcpu.SoftAffinity is { } soft ? $"{hard} / {soft}" : hard : "?",
        vcpu.DomainName ?? "?",
        vcpu.HostName,
        vcpu.LiveEvidence,
    ];
}
