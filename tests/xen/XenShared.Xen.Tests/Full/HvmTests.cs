using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;
using XenShared.Xen.Tests.Oracles;

namespace XenShared.Xen.Tests.Full;

/// <summary>Tests HVM guests, whose page moves, changes its layout, and keeps data of the firmware.</summary>
[Collection(HvmCollection.Name)]
[Trait("Tier", "Full")]
[Trait("Writes", "Captures")]
public sealed class HvmTests(HvmBed bed)
{
    private const string Fifo = "hvm-fifo";
    private const string TwoLevel = "hvm-2l";

    // Where firmware maps the page, and where Linux moves it.
    private const ulong FirmwareFrame = 0xfdfff;
    private const ulong LinuxFrame = 0x10;

    [Theory]
    [InlineData(Fifo)]
    [InlineData(TwoLevel)]
    public async Task Before_it_runs_no_page_is_mapped(string name)
    {
        var stage = (await bed.LifeAsync(name)).Created;

        Assert.Empty(stage.Pages.Objects);
        Assert.Equal(5, stage.Pages.ExitCode);
        Assert.Contains($"omain {stage.DomId}", Assert.Single(stage.Pages.Errors), StringComparison.Ordinal);
        Assert.Null(stage.Domain.SharedInfoFrame);
        Assert.Null(stage.Domain.Width);
        Assert.Equal(
            (DomainType.HVM, DomainState.Paused, EventAbi.Unknown),
            (stage.Domain.Type, stage.Domain.State, stage.Domain.EventAbi));
        Assert.All(stage.Channels.Ours.Objects, channel => Assert.Null(channel.Pending));
    }

    [Theory]
    [InlineData(Fifo)]
    [InlineData(TwoLevel)]
    public async Task Firmware_has_the_32_bit_layout(string name)
    {
        var stage = (await bed.LifeAsync(name)).Firmware;

        Assert.Equal(GuestLayout.X86_32, stage.Page.Layout);
        Assert.Equal((32, FirmwareFrame), (stage.Domain.Width, stage.Domain.SharedInfoFrame));
        Assert.Equal(FirmwareFrame, stage.Headers!.Frame);
        Assert.NotEqual(EventAbi.Fifo, stage.Domain.EventAbi);
        AssertPage(stage);
        Assert.True(
            (DateTimeOffset.UtcNow - stage.Page.WallClock!.Time!.Value).Duration() < TimeSpan.FromDays(1),
            $"{stage.Page.WallClock.Time}");
    }

    [Theory]
    [InlineData(Fifo)]
    [InlineData(TwoLevel)]
    public async Task Linux_has_the_64_bit_layout_at_a_new_place(string name)
    {
        var stage = (await bed.LifeAsync(name)).Linux;

        Assert.Equal(GuestLayout.X86_64, stage.Page.Layout);
        Assert.Equal((64, LinuxFrame), (stage.Domain.Width, stage.Domain.SharedInfoFrame));
        Assert.Equal(LinuxFrame, stage.Headers!.Frame);
        AssertPage(stage);
    }

    [Theory]
    [InlineData(Fifo, EventAbi.Fifo)]
    [InlineData(TwoLevel, EventAbi.TwoLevel)]
    public async Task Linuxs_event_ABI_is_that_of_debug_key_e(string name, EventAbi expected)
    {
        var stage = (await bed.LifeAsync(name)).Linux;

        Assert.Equal(expected, stage.Channels.KeyAfter.Abi(stage.DomId));
        Assert.Equal(expected, stage.Domain.EventAbi);
    }

    [Theory]
    [InlineData(Fifo)]
    [InlineData(TwoLevel)]
    public async Task At_every_stage_ports_are_those_of_lsevtchn_and_of_debug_key_e(string name)
    {
        var life = await bed.LifeAsync(name);

        Assert.All(new[] { life.Created, life.Firmware, life.Linux }, stage =>
        {
            var channels = stage.Channels.InDomain(stage.DomId).Where(channel => channel.State is not null);
            Assert.Equal(
                stage.Channels.ListedAfter[stage.DomId].Select(port => (port.Port, port.State, port.Vcpu)),
                channels.Select(channel => (channel.Port, channel.State!.Value, channel.Vcpu!.Value)));
            Assert.Equal(
                stage.Channels.KeyAfter.Ports(stage.DomId).Select(port => port.Port),
                stage.Channels.InDomain(stage.DomId).Select(channel => channel.Port));
        });
    }

    [Theory]
    [InlineData(Fifo)]
    [InlineData(TwoLevel)]
    public async Task Ports_that_Xen_consumes_are_listed_with_what_Xen_reports(string name)
    {
        var stage = (await bed.LifeAsync(name)).Linux;
        var consumed = stage.Channels.KeyAfter.Ports(stage.DomId).Where(port => port.Consumer != 0).Select(port => port.Port).ToArray();

        Assert.Equal([3u, 4u], consumed);
        Assert.All(stage.Channels.InDomain(stage.DomId).Where(channel => consumed.Contains(channel.Port)), channel =>
        {
            Assert.Equal(Suite.Current.HidesConsumedPorts ? null : ChannelState.Unbound, channel.State);
            if (Suite.Current.HidesConsumedPorts) Assert.Null(channel.Pending);
        });
        Assert.Equal(Suite.Current.HidesConsumedPorts, !stage.Channels.ListedAfter[stage.DomId].Any(port => consumed.Contains(port.Port)));
    }

    [Theory]
    [InlineData(Fifo)]
    [InlineData(TwoLevel)]
    public async Task At_every_stage_nothing_is_pending_that_Xen_does_not_have_pending(string name)
    {
        var life = await bed.LifeAsync(name);

        Assert.All(new[] { life.Created, life.Firmware, life.Linux }, stage =>
        {
            var ours = stage.Channels.InDomain(stage.DomId);
            Assert.NotEmpty(ours);
            Assert.Empty(stage.Channels.Disagreements());
            Assert.All(ours, channel => Assert.NotNull(stage.Channels.KeyAfter.Port(stage.DomId, channel.Port)));
        });
    }

    [Theory]
    [InlineData(Fifo, StateSource.GuestMemory)]
    [InlineData(TwoLevel, StateSource.SharedPage)]
    public async Task All_that_Xen_reports_about_Linux_is_known(string name, StateSource source)
    {
        var stage = (await bed.LifeAsync(name)).Linux;

        Assert.All(stage.Channels.InDomain(stage.DomId).Where(channel => channel.State is not null), channel =>
        {
            Assert.NotNull(channel.Pending);
            Assert.NotNull(channel.Masked);
            Assert.Equal(source, channel.Source);
        });
        Assert.Equal(source == StateSource.GuestMemory, stage.Page.PendingPort is null);
    }

    [Fact]
    public async Task The_firmwares_leftovers_are_in_the_page_and_not_in_what_is_shown()
    {
        var stage = (await bed.LifeAsync(TwoLevel)).Linux;

        // The firmware's wall clock lies where the 64-bit layout has pending bits of ports 2048 and above.
        Assert.NotEqual(0, stage.Headers!["evtchn_pending[32]"]);
        Assert.All(stage.Page.PendingPort!, port => Assert.True(port < 2048));
    }

    [Theory]
    [InlineData(Fifo)]
    [InlineData(TwoLevel)]
    public async Task Linuxs_record_in_the_page_is_frozen_and_the_live_one_is_found(string name)
    {
        var life = await bed.LifeAsync(name);

        var slot = Assert.Single(life.RunningSlots.Objects);
        Assert.True(slot.IsLive == false, slot.LiveEvidence);
        var vcpu = Assert.Single(life.RunningVcpus.Objects);
        Assert.True(vcpu.IsLive, vcpu.LiveEvidence);
        Assert.Equal(StateSource.GuestMemory, vcpu.Source);
        Assert.True(
            vcpu.Time!.SystemTimeNanoseconds > slot.Time!.SystemTimeNanoseconds,
            $"{vcpu.Time.SystemTime}, and the slot {slot.Time.SystemTime}");
    }

    [Theory]
    [InlineData(Fifo)]
    [InlineData(TwoLevel)]
    public async Task A_capture_of_each_stage_gives_the_same_objects(string name)
    {
        var life = await bed.LifeAsync(name);

        foreach (var stage in new[] { life.Created, life.Firmware, life.Linux })
        {
            Assert.Equal(stage.Domain, Assert.Single((await stage.Capture.AskAsync<XenDomain>("domains")).Objects));
            Later.AssertSame(stage.Channels.Ours.Objects, (await stage.Capture.AskAsync<XenEventChannel>("channels")).Objects);
        }
    }

    [Theory]
    [InlineData(Fifo)]
    [InlineData(TwoLevel)]
    public async Task No_sample_of_Linux_at_200_moments_disagrees_with_Xen(string name)
    {
        var samples = (await bed.LifeAsync(name)).Samples;

        Assert.Equal(HvmLife.SampleCount, samples.Count);
        Assert.Empty(samples.SelectMany(sample => sample.Disagreements()));
        Assert.All(samples, sample =>
            Assert.All(sample.Channels.Where(channel => channel.State is ChannelState.Interdomain or ChannelState.VirtualIrq), channel =>
                Assert.NotNull(channel.Pending)));
        Assert.True(samples.Sum(sample => sample.Settled().Count()) > HvmLife.SampleCount, "hardly any value was settled");
    }

    [Theory]
    [InlineData(Fifo)]
    [InlineData(TwoLevel)]
    public async Task A_thousand_random_guarded_pokes_and_events_do_not_harm_Linux(string name)
    {
        var poked = (await bed.LifeAsync(name)).Poked;

        Assert.StartsWith($"{HvmLife.PokeCount} tried, ", poked, StringComparison.Ordinal);
        Assert.DoesNotContain(" 0 written", poked, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Fifo)]
    [InlineData(TwoLevel)]
    public async Task A_masked_console_of_Linux_stops_and_resumes(string name)
    {
        var console = (await bed.LifeAsync(name)).Console;

        Assert.True(console.Masked!.Masked);
        Assert.True(console.WasDeaf, $"{name} answered although its console was masked");
        Assert.Equal((false, false), (console.Afterwards!.Pending, console.Afterwards.Masked));
    }

    private static void AssertPage(HvmStage stage) =>
        Assert.Empty(
            PageComparison.Differences(
                stage.Page,
                stage.Headers!,
                stage.Channels.InDomain(stage.DomId).Where(channel => channel.State is not null).Select(channel => channel.Port)));
}
