using System.Globalization;

namespace XenShared.Cli.Output;

/// <summary>vCPU records as a table of 80 columns.</summary>
internal static class VcpuTable
{
    public static int Write(IEnumerable<XenVcpuInfo> vcpus, TextWriter output)
    {
        var table = new TextTable(output, ("DOM", -5), ("VCPU", -4), ("LIVE", 5), ("PENDING", 7), ("MASK", 4), ("SELECTOR", 18), ("SYSTEM TIME", -13), ("WHERE", 10));
        var count = 0;
        foreach (var vcpu in vcpus)
        {
            table.Add(
                Words.Number<ushort>(vcpu.DomId), Words.Number<int>(vcpu.Vcpu), Words.Live(vcpu.IsLive), Words.Bit(vcpu.UpcallPending), Words.Bit(vcpu.UpcallMask),
                Words.Hex(vcpu.PendingSelector), vcpu.Time is { } time ? time.SystemTime.TotalSeconds.ToString("0.000 's'", CultureInfo.InvariantCulture) : "?", vcpu.Location);
            count++;
        }
        return count;
    }
}
