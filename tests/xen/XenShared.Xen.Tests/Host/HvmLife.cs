using XenShared.Xen.Tests.Bed;

namespace XenShared.Xen.Tests.Host;

/// <summary>Holds the observations of an HVM guest from its creation to a working Linux.</summary>
/// <param name="Created">The stage before its first instruction.</param>
/// <param name="Firmware">The stage in which firmware runs, or a kernel that has not detected Xen yet.</param>
/// <param name="Linux">The stage in which its only program runs.</param>
/// <param name="RunningSlots">Its vCPUs' slots in the page, sampled while Linux runs.</param>
/// <param name="RunningVcpus">Its vCPUs, wherever their records are.</param>
/// <param name="Samples">Its channels at 200 moments, paused for each.</param>
/// <param name="Console">Its console, masked and put right.</param>
/// <param name="Poked">The outcomes of random pokes and events, after which it still responded.</param>
internal sealed record HvmLife(
    HvmStage Created,
    HvmStage Firmware,
    HvmStage Linux,
    Answers<XenVcpuInfo> RunningSlots,
    Answers<XenVcpuInfo> RunningVcpus,
    IReadOnlyList<ChannelSample> Samples,
    MaskedConsole Console,
    string Poked)
{
    /// <summary>The number of samples.</summary>
    public const int SampleCount = 200;

    /// <summary>The number of pokes.</summary>
    public const int PokeCount = 1000;

    // Firmware maps the page a second after the start, Linux moves it a minute later.
    private const string WaitForFirmware =
        "for try in $(seq 600); do /in/oracle/shared_info {0} 32 2>/dev/null | grep -qE '^wc_version [1-9]' && break; sleep 0.1; done; "
            + "xl pause {0}";
    private const string WaitForLinux =
        "for try in $(seq 1800); do grep -qs DOMU-UP /var/log/xen/console/guest-{0}.log /var/log/xen/console/serial-{0}.log && exit; sleep "
            + "0.5; done; exit 1";

    // xenconsoled appends to its logs, so the output of an earlier guest with the same name would be mistaken for that of this one.
    private const string ForgetLogs = "rm -f /var/log/xen/console/guest-{0}.log /var/log/xen/console/serial-{0}.log";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(16);

    /// <summary>Creates the guest, observes each stage, and destroys it.</summary>
    public static async Task<HvmLife> ObserveAsync(Dom0 dom0, string name)
    {
        await dom0.ReadAsync(ForgetLogs.Replace("{0}", name, StringComparison.Ordinal));
        await dom0.ReadAsync($"xl create -p -q /opt/rig/guests/{name}.cfg");
        try
        {
            var domId = (await dom0.DomainsAsync())[name];
            var created = await HvmStage.ObserveAsync(dom0, domId, $"{name}-created");
            await dom0.ReadAsync($"xl unpause {domId}; {WaitForFirmware.Replace("{0}", $"{domId}", StringComparison.Ordinal)}");
            var firmware = await HvmStage.ObserveAsync(dom0, domId, $"{name}-firmware");
            await dom0.ReadAsync($"xl unpause {domId}; {WaitForLinux.Replace("{0}", name, StringComparison.Ordinal)}", s_patience);
            var slots = Answers<XenVcpuInfo>.Parse(
                await dom0.XenSharedAsync($"vcpus --json --source SharedPage --sample 40 --domid {domId}"));
            var vcpus = Answers<XenVcpuInfo>.Parse(await dom0.XenSharedAsync($"vcpus --json --sample 40 --domid {domId}"));
            await dom0.ReadAsync($"xl pause {domId}");
            var linux = await HvmStage.ObserveAsync(dom0, domId, $"{name}-linux");
            await dom0.ReadAsync($"xl unpause {domId}");
            var samples = await ChannelSample.TakeAsync(dom0, "paused", SampleCount, domId);
            var console = await MaskedConsole.ObserveAsync(dom0, name, domId);
            var poked = await dom0.ReadAsync($"/in/bin/sampler poke {PokeCount} 1 {domId} && GUEST_WAIT=300 guest-echo {name}", s_patience);
            return new HvmLife(created, firmware, linux, slots, vcpus, samples, console, poked);
        }
        finally
        {
            await dom0.RunAsync($"xl destroy {name}");
        }
    }
}
