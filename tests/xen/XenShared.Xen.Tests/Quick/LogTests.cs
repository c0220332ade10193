using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;

namespace XenShared.Xen.Tests.Quick;

/// <summary>Compares the output of debug key 'q' and of <c>lsevtchn</c>, as read, with the live host while a guest is paused.</summary>
public sealed class LogTests(QuickBed bed) : QuickTest(bed)
{
    [Fact]
    public async Task A_paused_guest_in_the_output_of_debug_key_q_is_that_of_the_host()
    {
        var dom0 = await Bed.RequireAsync();
        var domId = (await dom0.DomainsAsync())[Guest.PvhFifo];
        Answers<XenDomain> ours, live;
        Answers<XenVcpuInfo> vcpus, liveVcpus;
        try
        {
            await dom0.ReadAsync($"xl pause {domId} && xl dmesg -c >/dev/null && xl debug-keys q && sleep 1 && xl dmesg -c >/run/q.txt");
            ours = Answers<XenDomain>.Parse(await dom0.XenSharedAsync($"domains --json --domid {domId} -t /run/q.txt"));
            live = Answers<XenDomain>.Parse(await dom0.XenSharedAsync($"domains --json --domid {domId}"));
            vcpus = Answers<XenVcpuInfo>.Parse(await dom0.XenSharedAsync($"vcpus --json --domid {domId} -t /run/q.txt"));
            liveVcpus = Answers<XenVcpuInfo>.Parse(await dom0.XenSharedAsync($"vcpus --json --domid {domId}"));
        }
        finally
        {
            await dom0.RunAsync($"xl unpause {domId}; rm -f /run/q.txt");
        }

        Assert.Equal(
            live.Objects.Select(domain => (domain.Uuid, domain.State, domain.VcpuCount, domain.MemoryBytes)),
            ours.Objects.Select(domain => (domain.Uuid, domain.State, domain.VcpuCount, domain.MemoryBytes)));
        // The key sends an interrupt to each guest, so only the mask and the numbers of the vCPUs cannot change.
        Assert.Equal(liveVcpus.Objects.Select(vcpu => vcpu.Vcpu), vcpus.Objects.Select(vcpu => vcpu.Vcpu));
        Assert.All(vcpus.Objects, vcpu => Assert.True(vcpu.UpcallPending));
    }

    [Fact]
    public async Task The_ports_in_the_output_of_lsevtchn_are_those_of_the_host()
    {
        var dom0 = await Bed.RequireAsync();
        var domId = (await dom0.DomainsAsync())[Guest.PvhFifo];
        Answers<XenEventChannel> ours, live;
        try
        {
            await dom0.ReadAsync($"xl pause {domId} && (echo '# lsevtchn {domId}'; lsevtchn {domId} || true) >/run/lsevtchn.txt");
            ours = Answers<XenEventChannel>.Parse(await dom0.XenSharedAsync("channels --json -t /run/lsevtchn.txt"));
            live = Answers<XenEventChannel>.Parse(await dom0.XenSharedAsync($"channels --json --domid {domId}"));
        }
        finally
        {
            await dom0.RunAsync($"xl unpause {domId}; rm -f /run/lsevtchn.txt");
        }

        Assert.NotEmpty(ours.Objects);
        Assert.Equal(live.Objects.Select(BindingOf), ours.Objects.Select(BindingOf));
        Assert.All(ours.Objects, channel => Assert.Equal((null, null), (channel.Pending, channel.Masked)));
    }

    private static (ushort, uint, ChannelState?, int?, ushort?, uint?, int?, int?) BindingOf(XenEventChannel channel) => (
        channel.DomId,
        channel.Port,
        channel.State,
        channel.Vcpu,
        channel.RemoteDomId,
        channel.RemotePort,
        (int?)channel.Virq,
        (int?)channel.Pirq);
}
