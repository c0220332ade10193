using System.Globalization;

namespace XenShared.Cli.Output;

/// <summary>Prints vCPU records as a table of 80 columns.</summary>
internal static class VcpuTable
{
    public static int Write(IEnumerable<XenVcpuInfo> vcpus, TextWriter output)
    {
        var table = new TextTable(
            output,
            ("DOM", -5),
            ("VCPU", -4),
            ("LIVE", 5),
            ("PENDING", 7),
            ("MASK", 4),
            ("SELECTOR", 18),
            ("SYSTEM TIME", -13),
            ("WHERE", 10));
        var count = 0;
        foreach (var vcpu in vcpus)
        {
            table.Add(
                TextFormat.Number<ushort>(vcpu.DomId),
                TextFormat.Number<int>(vcpu.Vcpu),
                TextFormat.Live(vcpu.IsLive),
                TextFormat.Bit(vcpu.UpcallPending),
                TextFormat.Bit(vcpu.UpcallMask),
                TextFormat.Hex(vcpu.PendingSelector),
                vcpu.Time is { } time ? time.SystemTime.TotalSeconds.ToString("0.000 's'", CultureInfo.InvariantCulture) : "?",
                vcpu.Location);
            count++;
        }
        return count;
    }
}
