using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;

namespace XenShared.Xen.Tests.Quick;

/// <summary>Checks that captures that were made in dom0 give the same objects on this machine as the host did.</summary>
[Trait("Writes", "Captures")]
public sealed class CaptureTests(QuickBed bed) : QuickTest(bed)
{
    private const int PendingOffset = 2048;
    private const int MaskOffset = 2560;
    private const int WallClockOffset = 3072;

    [Fact]
    public async Task Of_a_running_host_all_that_stands_still_is_the_same()
    {
        var host = await Bed.RunningAsync();

        var domains = await host.Capture.AskAsync<XenDomain>("domains");
        var channels = await host.Capture.AskAsync<XenEventChannel>("channels");
        var pages = await host.Capture.AskAsync<XenSharedInfo>("info");
        var vcpus = await host.Capture.AskAsync<XenVcpuInfo>("vcpus");

        Assert.Equal(host.Domains.Objects.Select(Still), domains.Objects.Select(Still));
        Assert.Equal(host.Channels.Ours.Objects.Where(IsOfGuest).Select(Bound), channels.Objects.Where(IsOfGuest).Select(Bound));
        Assert.Equal(host.Channels.Ours.Errors, channels.Errors);
        Assert.Equal(
            host.Pages.Objects.Select(page => (page.DomId, page.Layout, page.LayoutEvidence, page.EventAbi, page.Frame)),
            pages.Objects.Select(page => (page.DomId, page.Layout, page.LayoutEvidence, page.EventAbi, page.Frame)));
        Assert.Equal(
            host.Vcpus.Objects.Select(vcpu => (vcpu.DomId, vcpu.Vcpu, vcpu.IsLive, vcpu.Location)),
            vcpus.Objects.Select(vcpu => (vcpu.DomId, vcpu.Vcpu, vcpu.IsLive, vcpu.Location)));
    }

    [Fact]
    public async Task Of_paused_guests_everything_is_the_same()
    {
        var paused = await Bed.PausedAsync();

        var domains = await paused.Capture.AskAsync<XenDomain>("domains");
        var channels = await paused.Capture.AskAsync<XenEventChannel>("channels");
        var pages = await paused.Capture.AskAsync<XenSharedInfo>("info");

        Assert.Equal(paused.Domains.Objects.Where(domain => domain.DomId > 0), domains.Objects.Where(domain => domain.DomId > 0));
        Later.AssertSame(paused.Channels.Ours.Objects, channels.Objects);
        var guests = paused.Pages.Objects.Where(page => page.DomId > 0).ToArray();
        Assert.Equal(guests.Select(page => page.DomId), pages.Objects.Where(page => page.DomId > 0).Select(page => page.DomId));
        Assert.All(guests, page =>
        {
            var replayed = pages.Objects.Single(second => second.DomId == page.DomId);
            Assert.Equal(StillBytes(page), StillBytes(replayed));
            Assert.Equal(page.Vcpu.Select(Untimed), replayed.Vcpu.Select(Untimed));
            Assert.Empty((page.PendingPort ?? []).Except(replayed.PendingPort ?? []));
            Assert.Equal(page.UnmaskedPort, replayed.UnmaskedPort);
            Assert.Equal(
                (page.Arch, page.Frame, page.EventAbi, page.AbiEvidence, page.LayoutEvidence),
                (replayed.Arch, replayed.Frame, replayed.EventAbi, replayed.AbiEvidence, replayed.LayoutEvidence));
        });
    }

    // Everything is compared except the pending bits, because events arrive, and the wall clock, which dom0 sets about every ten minutes.
    private static byte[] StillBytes(XenSharedInfo page) =>
        [
            .. page.Bytes.Take(PendingOffset),
            .. page.Bytes.Skip(MaskOffset).Take(WallClockOffset - MaskOffset),
            .. page.Bytes.Skip(WallClockOffset + 16),
        ];

    // Dom0 opens ports of its own at any time.
    private static bool IsOfGuest(XenEventChannel channel) => channel.DomId > 0;

    // The evidence contains the number of bound ports, which differs for dom0.
    private static XenDomain Still(XenDomain domain) =>
        domain with { State = default, CpuTime = default, AbiEvidence = domain.DomId > 0 ? domain.AbiEvidence : "" };

    // Events arrive and are handled while guests run. Whether the bits are known does not change.
    private static XenEventChannel Bound(XenEventChannel channel) => Untimed(channel) with
    {
        Pending = IsKnown(channel.Pending),
        Masked = IsKnown(channel.Masked),
        Linked = IsKnown(channel.Linked),
        Busy = IsKnown(channel.Busy),
    };

    private static bool? IsKnown(bool? bit) => bit is null ? null : true;

    private static XenEventChannel Untimed(XenEventChannel channel) => channel with { TakenAt = default };

    private static XenVcpuInfo Untimed(XenVcpuInfo vcpu) => vcpu with { TakenAt = default };
}
