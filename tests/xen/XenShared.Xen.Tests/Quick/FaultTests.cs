using System.Globalization;
using System.Text;
using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;

namespace XenShared.Xen.Tests.Quick;

/// <summary>Tests the faults of real guests: none while the guests are healthy or paused, and those that the tests cause.</summary>
[Collection(PokedCollection.Name)]
public sealed class FaultTests(PokedBed bed) : QuickTest(bed)
{
    // A rule that did not judge a domain is a line of its own.
    private static Answers<XenFault> Faults(CommandResult result)
    {
        var faults = result.Text.Split('\n').Where(line => !line.Contains("\"Outcome\":", StringComparison.Ordinal));
        return Answers<XenFault>.Parse(result with { Output = Encoding.UTF8.GetBytes(string.Join('\n', faults)) });
    }

    private const string PeerGone = "PeerGone";
    private const string Orphan = "orphan";

    [Fact]
    public async Task A_host_that_is_well_has_none() => await AssertWellAsync(await Bed.RequireAsync());

    [Fact]
    public async Task Paused_guests_have_none_although_events_wait_for_them()
    {
        var dom0 = await Bed.RequireAsync();
        var numbers = await dom0.DomainsAsync();
        var guests = string.Join(' ', Guest.Quick.Select(guest => numbers[guest.Name]));
        try
        {
            await dom0.ReadAsync($"for guest in {guests}; do xl pause $guest || exit 1; done");

            var faults = Faults(await dom0.XenSharedAsync("faults --json"));

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
    public async Task A_console_that_is_masked_during_input_is_a_fault_and_its_advice_repairs_it(string name)
    {
        var dom0 = await Bed.RequireAsync();
        var domId = (await dom0.DomainsAsync())[name];
        var port = await NodeAsync(dom0, domId, "console/port");
        await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {name} && {Guest.Settle}");
        (await dom0.XenSharedAsync($"poke --yes --domid {domId} --port {port} --masked true")).Succeeded();
        try
        {
            await dom0.RunAsync($"GUEST_WAIT=1 guest-echo {name}");

            var faults = Faults(await dom0.XenSharedAsync($"faults --json --domid {domId}"));

            var fault = Assert.Single(faults.Objects);
            Assert.Equal(("StuckMasked", port), (fault.Rule, fault.Port!.Value));
            Assert.Contains($"xenshared poke -d {domId} -p {port} --repair --unmask", fault.Advice, StringComparison.Ordinal);
            Assert.Equal(1, faults.ExitCode);
        }
        finally
        {
            (await dom0.XenSharedAsync($"poke --yes --domid {domId} --port {port} --repair --unmask")).Succeeded();
        }
        await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {name}");
        Assert.Empty(Faults(await dom0.XenSharedAsync($"faults --json --domid {domId}")).Objects);
    }

    [Fact]
    public async Task Consoles_whose_backend_has_died_are_one_each_and_its_advice_mends_them()
    {
        var dom0 = await Bed.RequireAsync();
        var numbers = await dom0.DomainsAsync();
        var ports = new List<(string Rule, ushort DomId, uint? Port)>();
        foreach (var guest in Guest.Quick)
            ports.Add((PeerGone, numbers[guest.Name], await NodeAsync(dom0, numbers[guest.Name], "console/port")));
        var program = await dom0.ReadAsync(
            "pid=$(pidof xenconsoled); tr '\\0' ' ' </proc/$pid/cmdline; kill $pid; for try in $(seq 100); do [ -e /proc/$pid ] || exit 0; "
                + "sleep 0.1; done; exit 1");
        try
        {
            var faults = Faults(await dom0.XenSharedAsync("faults --json"));

            Assert.Equal(ports.Order(), faults.Objects.Select(fault => (fault.Rule, fault.DomId, fault.Port)).Order());
            Assert.All(faults.Objects, fault => Assert.Contains("xenconsoled runs in domain 0", fault.Advice, StringComparison.Ordinal));
            Assert.Equal(1, faults.ExitCode);
        }
        finally
        {
            await dom0.RunAsync($"{program} </dev/null >/dev/null 2>&1");
        }
        await AssertWellAsync(dom0);
    }

    [Fact]
    [Trait("Tier", "Full")]
    public async Task Devices_whose_backend_is_destroyed_are_one_each()
    {
        var dom0 = await Bed.RequireAsync();
        await dom0.ReadAsync($"""
            sed 's/^name=.*/name="{Orphan}"/; /^disk=/d' /opt/rig/guests/{Guest.WithDevices}.cfg >/opt/rig/guests/{Orphan}.cfg
            GUEST_WAIT=900 start-guests {Orphan}
            """, TimeSpan.FromMinutes(20));
        try
        {
            var domId = (await dom0.DomainsAsync())[Orphan];
            Assert.Empty(Faults(await dom0.XenSharedAsync($"faults --json --domid {domId}")).Objects);
            await dom0.ReadAsync($"echo vif-{domId}-0 >/sys/bus/xen-backend/drivers/vif/unbind; sleep 2");

            var faults = Faults(await dom0.XenSharedAsync($"faults --json --domid {domId}"));

            // One for each channel, and one for the device, because xenstore still says that it is connected.
            Assert.Equal("BackendGone", Assert.Single(faults.Objects, fault => fault.Rule != PeerGone).Rule);
            Assert.Contains(faults.Objects, fault => fault.Rule == PeerGone);
            Assert.All(faults.Objects, fault => Assert.Contains("vif", fault.Advice, StringComparison.Ordinal));
        }
        finally
        {
            await dom0.RunAsync($"xl destroy {Orphan}");
        }
    }

    private static async Task AssertWellAsync(Dom0 dom0)
    {
        foreach (var guest in Guest.Quick.Where(guest => guest.Name != Guest.Grub))
            await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {guest.Name}");
        var faults = Faults(await dom0.XenSharedAsync("faults --json"));
        Assert.Empty(faults.Text);
        Assert.Equal(0, faults.ExitCode);
    }

    private static async Task<uint> NodeAsync(Dom0 dom0, ushort domId, string node) =>
        uint.Parse(await dom0.ReadAsync($"xenstore-read /local/domain/{domId}/{node}"), CultureInfo.InvariantCulture);
}
