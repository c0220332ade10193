using XenShared.Xen.Tests.Bed;

namespace XenShared.Xen.Tests.Quick;

/// <summary>
/// Checks which vCPU records in the page are live: only GRUB's, because every Linux registers its records elsewhere, where they are
/// located.
/// </summary>
public sealed class LivenessTests(QuickBed bed) : QuickTest(bed)
{
    [Theory]
    [MemberData(nameof(Guest.Names), MemberType = typeof(Guest))]
    public async Task Sampled_records_are_live_in_GRUB_and_frozen_in_Linux(string name)
    {
        var host = await Bed.RunningAsync();

        var slots = host.Slots.Objects.Where(vcpu => vcpu.DomId == host.Numbers[name]).ToArray();

        Assert.Equal(host.Domain(name).VcpuCount, slots.Length);
        Assert.All(slots, slot => Assert.True(slot.IsLive == Guest.Named(name).HasLiveSlots, $"vCPU {slot.Vcpu}: {slot.LiveEvidence}"));
        Assert.All(slots, slot => Assert.Equal(StateSource.SharedPage, slot.Source));
    }

    [Theory]
    [MemberData(nameof(Guest.GuestNames), MemberType = typeof(Guest))]
    public async Task Every_guests_live_records_are_found(string name)
    {
        var host = await Bed.RunningAsync();
        var slots = host.Slots.Objects.Where(slot => slot.DomId == host.Numbers[name]).ToDictionary(slot => slot.Vcpu);

        var vcpus = host.Vcpus.Objects.Where(vcpu => vcpu.DomId == host.Numbers[name]).ToArray();

        Assert.Equal(slots.Keys.Order(), vcpus.Select(vcpu => vcpu.Vcpu));
        Assert.Equal(vcpus.Length, vcpus.Select(vcpu => vcpu.Location).Distinct().Count());
        Assert.All(vcpus, vcpu =>
        {
            Assert.True(vcpu.IsLive, $"vCPU {vcpu.Vcpu}: {vcpu.LiveEvidence}");
            Assert.Equal(Guest.Named(name).HasLiveSlots ? StateSource.SharedPage : StateSource.GuestMemory, vcpu.Source);
            // The time of the located record advances, and that of the slot does not. Both have the same clock.
            Assert.True(
                vcpu.Time!.SystemTimeNanoseconds >= slots[vcpu.Vcpu].Time!.SystemTimeNanoseconds,
                $"vCPU {vcpu.Vcpu} is at {vcpu.Time.SystemTime}, its slot at {slots[vcpu.Vcpu].Time!.SystemTime}");
        });
    }

    [Fact]
    public async Task The_control_domains_live_records_are_those_of_its_kernel()
    {
        var host = await Bed.RunningAsync();
        var slots = host.Slots.Objects.Where(slot => slot.DomId == host.Numbers[Guest.ControlDomain]).ToDictionary(slot => slot.Vcpu);

        var vcpus = host.Vcpus.Objects.Where(vcpu => vcpu.DomId == host.Numbers[Guest.ControlDomain]).ToArray();

        Assert.Equal(slots.Keys.Order(), vcpus.Select(vcpu => vcpu.Vcpu));
        Assert.All(vcpus, vcpu =>
        {
            Assert.Equal((StateSource.Kernel, true), (vcpu.Source, vcpu.IsLive));
            // The time of the located record advances, and that of the slot does not. Both have the same clock.
            Assert.True(
                vcpu.Time!.SystemTimeNanoseconds > slots[vcpu.Vcpu].Time!.SystemTimeNanoseconds,
                $"vCPU {vcpu.Vcpu} is at {vcpu.Time.SystemTime}, its slot at {slots[vcpu.Vcpu].Time!.SystemTime}");
        });
    }

    [Fact]
    public async Task Without_sampling_it_is_not_known()
    {
        var host = await Bed.RunningAsync();

        Assert.All(host.Pages.Objects.SelectMany(page => page.Vcpu), vcpu => Assert.Null(vcpu.IsLive));
    }

    [Theory]
    [MemberData(nameof(Guest.GuestNames), MemberType = typeof(Guest))]
    public async Task Of_a_paused_guest_it_is_not_known(string name)
    {
        var paused = await Bed.PausedAsync();

        Assert.All(paused.Page(name).Vcpu, vcpu => Assert.Null(vcpu.IsLive));
    }
}
