namespace XenShared.Cli.Output;

/// <summary>Prints domains as a table of 80 columns.</summary>
internal static class DomainTable
{
    public static int Write(IEnumerable<XenDomain> domains, TextWriter output)
    {
        var table = new TextTable(
            output,
            ("ID", -5),
            ("NAME", 22),
            ("TYPE", 4),
            ("STATE", 9),
            ("VCPUS", -5),
            ("WIDTH", -5),
            ("EVENTS", 7),
            ("FRAME", 10));
        var count = 0;
        foreach (var domain in domains)
        {
            table.Add(
                TextFormat.Number<ushort>(domain.DomId),
                domain.Name ?? "?",
                domain.Type?.ToString() ?? "?",
                domain.State?.ToString().ToLowerInvariant() ?? "?",
                TextFormat.Number(domain.VcpuCount),
                TextFormat.Number(domain.Width),
                TextFormat.Name(domain.EventAbi),
                domain.SharedInfoFrame is { } frame ? TextFormat.Hex(frame)
                    : domain.State is null ? "?"
                    : "not mapped");
            count++;
        }
        return count;
    }
}
