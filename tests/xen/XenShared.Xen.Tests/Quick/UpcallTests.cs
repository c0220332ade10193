using System.Globalization;
using System.Text.RegularExpressions;
using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;

namespace XenShared.Xen.Tests.Quick;

/// <summary>
/// Compares the upcall bytes of located records with debug key 'q', which reads them where Xen itself has them. The key also raises
/// VIRQ_DEBUG in every guest, so it is pressed in this class only, and last.
/// </summary>
public sealed partial class UpcallTests(QuickBed bed) : QuickTest(bed)
{
    // An event may arrive between the two reads, but not each time.
    private const int Attempts = 5;

    [Theory]
    [InlineData("pv-fifo")]
    [InlineData(Guest.PvhFifo)]
    [InlineData(Guest.TwoVcpus)]
    public async Task Upcall_bytes_of_a_paused_guest_are_as_Xen_has_them(string name)
    {
        var dom0 = await Bed.RequireAsync();
        var domId = (await dom0.DomainsAsync())[name];
        // The record is located while the guest runs, because it is recognized by its changes.
        (await dom0.XenSharedAsync($"vcpus --json --sample 40 --domid {domId}")).Succeeded();
        var looks = new List<string>();
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            await dom0.ReadAsync($"xl pause {domId}");
            try
            {
                var ours = Answers<XenVcpuInfo>.Parse(await dom0.XenSharedAsync($"vcpus --json --domid {domId}")).Objects;
                var xen = Parse(await dom0.ReadAsync("echo q | /in/oracle/debug_key"), domId);
                Assert.All(ours, vcpu => Assert.Equal(StateSource.GuestMemory, vcpu.Source));
                Assert.Equal(xen.Keys.Order(), ours.Select(vcpu => vcpu.Vcpu));
                if (ours.All(vcpu => (vcpu.UpcallPending, vcpu.UpcallMask) == xen[vcpu.Vcpu]))
                    return;
                looks.Add(
                    string.Join(
                        "; ",
                        ours.Select(vcpu => $"vCPU {vcpu.Vcpu}: {vcpu.UpcallPending}/{vcpu.UpcallMask}, Xen {xen[vcpu.Vcpu]}")));
            }
            finally
            {
                await dom0.RunAsync($"xl unpause {domId}");
            }
        }
        Assert.Fail($"never the same: {string.Join(" | ", looks)}");
    }

    private static Dictionary<int, (bool? Pending, bool? Mask)> Parse(string text, ushort domId)
    {
        var bytes = new Dictionary<int, (bool?, bool?)>();
        var isOurs = false;
        foreach (var line in text.Split('\n'))
        {
            if (Heading().Match(line) is { Success: true } heading)
                isOurs = heading.Groups["domain"].Value == domId.ToString(CultureInfo.InvariantCulture);
            else if (isOurs && Vcpu().Match(line) is { Success: true } vcpu)
                bytes[int.Parse(vcpu.Groups["vcpu"].Value, CultureInfo.InvariantCulture)] = (
                    vcpu.Groups["pending"].Value != "00",
                    vcpu.Groups["mask"].Value != "00");
        }
        return bytes;
    }

    [GeneratedRegex(@"General information for domain (?<domain>\d+):", RegexOptions.ExplicitCapture)]
    private static partial Regex Heading();

    [GeneratedRegex(
        @"VCPU(?<vcpu>\d+): CPU\d+ .*upcall_pend=(?<pending>[0-9a-f]{2}) upcall_mask=(?<mask>[0-9a-f]{2})",
        RegexOptions.ExplicitCapture
    )]
    private static partial Regex Vcpu();
}
