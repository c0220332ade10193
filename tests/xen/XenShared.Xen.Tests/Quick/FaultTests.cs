using System.Globalization;
using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;

namespace XenShared.Xen.Tests.Quick;

/// <summary>Faults of real guests: none while all is well or paused, and those that are brought about.</summary>
public sealed class FaultTests(QuickBed bed) : QuickTest(bed)
{
    [Fact]
    public async Task A_host_that_is_well_has_none()
    {
        var dom0 = await Bed.RequireAsync();
        foreach (var guest in Guest.Quick.Where(guest => guest.Name != Guest.Grub)) await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {guest.Name}");

        var faults = Answers<XenFault>.Of(await dom0.XenSharedAsync("faults --json"));

        Assert.Empty(faults.Text);
        Assert.Equal(0, faults.ExitCode);
    }

    [Fact]
    public async Task Paused_guests_have_none_although_events_wait_for_them()
    {
        var dom0 = await Bed.RequireAsync();
        var numbers = await dom0.DomainsAsync();
        var guests = string.Join(' ', Guest.Quick.Select(guest => numbers[guest.Name]));
        try
        {
            await dom0.ReadAsync($"for guest in {guests}; do xl pause $guest || exit 1; done");

            var faults = Answers<XenFault>.Of(await dom0.XenSharedAsync("faults --json"));

            Assert.Empty(faults.Text);
        }
        finally
        {
            await dom0.RunAsync($"for guest in {guests}; do xl unpause $guest; done");
        }
    }

    [Theory]
    [InlineData(Guest.PvhFifo)]
    [InlineData(Guest.WithDevices)]
    public async Task A_console_that_is_masked_while_somebody_types_is_one_and_its_advice_mends_it(string name)
    {
        var dom0 = await Bed.RequireAsync();
        var domId = (await dom0.DomainsAsync())[name];
        var port = uint.Parse(await dom0.ReadAsync($"xenstore-read /local/domain/{domId}/console/port"), CultureInfo.InvariantCulture);
        await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {name}; {Guest.Settle}");
        (await dom0.XenSharedAsync($"poke --yes --domid {domId} --port {port} --masked true")).Succeeded();
        try
        {
            await dom0.RunAsync($"GUEST_WAIT=1 guest-echo {name}");

            var faults = Answers<XenFault>.Of(await dom0.XenSharedAsync($"faults --json --domid {domId}"));

            var fault = Assert.Single(faults.Objects);
            Assert.Equal(("StuckMasked", port), (fault.Rule, fault.Port!.Value));
            Assert.Contains("Repair-XenEventChannel", fault.Advice, StringComparison.Ordinal);
            Assert.Equal(1, faults.ExitCode);
        }
        finally
        {
            (await dom0.XenSharedAsync($"poke --yes --domid {domId} --port {port} --repair --unmask")).Succeeded();
        }
        await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {name}");
        Assert.Empty(Answers<XenFault>.Of(await dom0.XenSharedAsync($"faults --json --domid {domId}")).Text);
    }
}
