using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;
using XenShared.Xen.Tests.Oracles;

namespace XenShared.Xen.Tests.Quick;

/// <summary>Compares the pending and masked bits with debug key 'e', which is Xen's own view in both ABIs.</summary>
public sealed class PendingTests(QuickBed bed) : QuickTest(bed)
{
    [Theory]
    [MemberData(nameof(Guest.TwoLevelNames), MemberType = typeof(Guest))]
    public async Task Settled_ports_of_a_running_two_level_guest_are_as_Xen_has_them(string name)
    {
        var host = await Bed.RunningAsync();
        var domId = host.Numbers[name];
        var ours = host.Channels.InDomain(domId);

        Assert.DoesNotContain(host.Disagreements, port => port.DomId == domId);
        AssertKnown(ours);
        // A timer may have a pending event. The other ports are idle.
        var settled = ours.Count(channel => host.Channels.Settled(domId, channel.Port) is not null);
        Assert.True(settled * 2 >= ours.Count && settled >= 2, $"only {settled} of {ours.Count} ports were settled");
    }

    [Theory]
    [MemberData(nameof(Guest.TwoLevelNames), MemberType = typeof(Guest))]
    public async Task Ports_of_a_paused_two_level_guest_are_as_Xen_has_them(string name)
    {
        var paused = await Bed.PausedAsync();
        var domId = paused.Numbers[name];
        var ours = paused.Channels.InDomain(domId);

        Assert.DoesNotContain(paused.Channels.Disagreements(), port => port.DomId == domId);
        AssertKnown(ours);
        // Nothing clears a bit there, but a timer may expire, and a packet may arrive.
        var settled = ours.Count(channel => paused.Channels.Settled(domId, channel.Port) is not null);
        Assert.True(settled >= ours.Count - 2, $"only {settled} of {ours.Count} ports were settled");
    }

    [Fact]
    public async Task Settled_ports_of_the_control_domain_are_as_Xen_has_them()
    {
        var host = await Bed.RunningAsync();
        var domId = host.Numbers[Guest.ControlDomain];
        var ours = host.Channels.InDomain(domId);

        Assert.DoesNotContain(host.Disagreements, port => port.DomId == domId);
        AssertKnown(ours, StateSource.Kernel);
        Assert.All(ours, channel => Assert.Equal(EventAbi.Fifo, channel.EventAbi));
        var settled = ours.Count(channel => host.Channels.Settled(domId, channel.Port) is not null);
        Assert.True(settled * 2 >= ours.Count && settled >= 2, $"only {settled} of {ours.Count} ports were settled");
    }

    [Theory]
    [MemberData(nameof(Guest.FifoNames), MemberType = typeof(Guest))]
    public async Task Nothing_is_read_out_of_the_page_of_a_FIFO_domain(string name)
    {
        var host = await Bed.RunningAsync();

        Assert.Null(host.Page(name).PendingPort);
        Assert.Null(host.Page(name).UnmaskedPort);
    }

    [Theory]
    [MemberData(nameof(Guest.FifoGuestNames), MemberType = typeof(Guest))]
    public async Task Settled_ports_of_a_running_FIFO_guest_are_as_Xen_has_them(string name)
    {
        var host = await Bed.RunningAsync();
        var domId = host.Numbers[name];
        var ours = host.Channels.InDomain(domId);

        Assert.DoesNotContain(host.Disagreements, port => port.DomId == domId);
        AssertKnown(ours, StateSource.GuestMemory);
        var settled = ours.Count(channel => host.Channels.Settled(domId, channel.Port) is not null);
        Assert.True(settled * 2 >= ours.Count && settled >= 2, $"only {settled} of {ours.Count} ports were settled");
    }

    [Theory]
    [MemberData(nameof(Guest.FifoGuestNames), MemberType = typeof(Guest))]
    public async Task Ports_of_a_paused_FIFO_guest_are_as_Xen_has_them(string name)
    {
        var paused = await Bed.PausedAsync();
        var domId = paused.Numbers[name];
        var ours = paused.Channels.InDomain(domId);

        Assert.DoesNotContain(paused.Channels.Disagreements(), port => port.DomId == domId);
        AssertKnown(ours, StateSource.GuestMemory);
        var settled = ours.Count(channel => paused.Channels.Settled(domId, channel.Port) is not null);
        Assert.True(settled >= ours.Count - 2, $"only {settled} of {ours.Count} ports were settled");
        Assert.All(ours, channel => Assert.NotNull(channel.Linked));
    }

    [Fact]
    public async Task No_warning_is_given()
    {
        var host = await Bed.RunningAsync();

        Assert.Empty(host.Channels.Ours.Errors);
        Assert.Equal(0, host.Channels.Ours.ExitCode);
    }

    [Fact]
    public async Task The_pending_ones_are_all_those_of_guests_that_Xen_has_pending_and_no_other()
    {
        var paused = await Bed.PausedAsync();
        var guests = Guest.Quick.Select(guest => paused.Numbers[guest.Name]).ToHashSet();
        IEnumerable<(ushort, uint)> PendingIn(DebugKeyEvents events) =>
            events
                .Domains.Where(guests.Contains)
                .SelectMany(domId => events.Ports(domId).Where(port => port.Pending).Select(port => (domId, port.Port)));

        var listed = paused.Pending.Objects.Where(channel => channel.DomId > 0).Select(channel => (channel.DomId, channel.Port)).ToArray();

        // Nothing clears a bit of a paused guest, so a port that was pending is still pending.
        Assert.NotEmpty(listed);
        Assert.Empty(PendingIn(paused.Channels.KeyAfter).Except(listed));
        Assert.Empty(listed.Except(PendingIn(paused.KeyLast)));
        Assert.All(paused.Pending.Objects, channel => Assert.True(channel.Pending));
    }

    [Fact]
    public async Task A_timer_that_ran_out_in_a_paused_guest_is_pending()
    {
        var paused = await Bed.PausedAsync();
        var domId = paused.Numbers[Guest.TwoVcpus];

        var timers = paused.Channels.InDomain(domId).Where(channel => channel.Virq == VirtualIrq.Timer).ToArray();

        Assert.Equal(2, timers.Length);
        Assert.Contains(timers, timer => timer.Pending == true);
        Assert.All(timers.Where(timer => timer.Pending == true), timer => Assert.True(paused.KeyLast.Port(domId, timer.Port)!.Pending));
    }

    [Fact]
    public async Task A_mask_bit_that_another_program_sets_is_seen_by_us_and_by_Xen_until_it_is_cleared()
    {
        var paused = await Bed.PausedAsync();
        var domId = paused.Numbers[Guest.TwoVcpus];

        Assert.Equal((false, false), MaskedBy(paused.Channels));
        Assert.Equal((true, true), MaskedBy(paused.Poked));
        Assert.Equal((false, false), MaskedBy(paused.Restored));
        Assert.Equal(
            paused.Channels.InDomain(domId).Select(channel => (channel.Port, channel.Masked)),
            paused.Restored.InDomain(domId).Select(channel => (channel.Port, channel.Masked)));

        (bool? Us, bool? Xen) MaskedBy(ChannelView view) =>
            (
                view.InDomain(domId).Single(channel => channel.Port == paused.PokedPort).Masked,
                view.KeyAfter.Port(domId, paused.PokedPort)?.Masked);
    }

    private static void AssertKnown(IReadOnlyCollection<XenEventChannel> channels, StateSource source = StateSource.SharedPage)
    {
        Assert.NotEmpty(channels);
        Assert.All(channels, channel =>
        {
            Assert.NotNull(channel.Pending);
            Assert.NotNull(channel.Masked);
            Assert.True(channel.IsLive);
            Assert.Equal(source, channel.Source);
        });
    }
}
