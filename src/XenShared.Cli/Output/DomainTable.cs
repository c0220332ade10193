namespace XenShared.Cli.Output;

/// <summary>Prints domains as a table of 80 columns, or as a wider one.</summary>
internal static class DomainTable
{
    private static readonly (string Heading, int Width)[] s_columns =
        [("ID", -5), ("NAME", 22), ("TYPE", 4), ("STATE", 9), ("VCPUS", -5), ("WIDTH", -5), ("EVENTS", 7), ("FRAME", 10)];

    private static readonly (string Heading, int Width)[] s_wideColumns =
        [("KIB", -10), ("CPU TIME", -13), ("REASON", 9), ("UUID", 36), ("HOST", 16), ("EVIDENCE", 8)];

    public static int Write(IEnumerable<XenDomain> domains, bool isWide)
    {
        var table = new TextTable(s_columns, s_wideColumns, isWide);
        var count = 0;
        foreach (var domain in domains)
        {
            table.Add(Cells(domain), isWide ? WideCells(domain) : []);
            count++;
        }
        return count;
    }

    private static string[] Cells(XenDomain domain) =>
    [
        TextFormat.Number<ushort>(domain.DomId),
        domain.Name ?? "?",
        domain.Type?.ToString() ?? "?",
        domain.State?.ToString().ToLowerInvariant() ?? "?",
        TextFormat.Number(domain.VcpuCount),
        TextFormat.Number(domain.Width),
        TextFormat.Name(domain.EventAbi),
        domain.SharedInfoFrame is { } frame ? TextFormat.Hex(frame)
            // Without a frame, the page is not mapped, or the source does not contain the frame. A log with debug key 'q' contains the
            // state, but neither the frame nor the run time. So if the run time is missing, "?" is shown.
            : domain.State is null || domain.CpuTime is null || domain.HostName.Length == 0 ? "?"
            : "not mapped",
    ];

    private static string[] WideCells(XenDomain domain) =>
    [
        TextFormat.Number(domain.MemoryBytes >> 10),
        domain.CpuTime is { } time ? TextFormat.Seconds(time) : "?",
        domain.ShutdownReason?.ToString().ToLowerInvariant()
            ?? (domain.State is null or DomainState.Shutdown or DomainState.Suspended or DomainState.Crashed ? "?" : "-"),
        domain.Uuid?.ToString() ?? "?",
        domain.HostName,
        domain.AbiEvidence,
    ];
}
